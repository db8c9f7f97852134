//! Which crate may know which: the table, the real graph against it, and the same table in ARCHITECTURE.md.

use std::{collections::BTreeSet, path::Path};

use anyhow::Result;
use cargo_metadata::DependencyKind;

use super::{Findings, files};
use crate::cargo;

/// A crate of the house, and the crates of the house it may depend on. Dependencies of tests are free.
const LAYERS: [(&str, &[&str]); 8] = [
    ("rolewright-core", &[]),
    ("rolewright-embedded", &[]),
    ("rolewright-secrets", &["rolewright-core"]),
    ("rolewright-roles", &["rolewright-core"]),
    ("rolewright-sessions", &["rolewright-core", "rolewright-roles"]),
    (
        "rolewright",
        &[
            "rolewright-core",
            "rolewright-embedded",
            "rolewright-secrets",
            "rolewright-roles",
            "rolewright-sessions",
        ],
    ),
    ("rolewright-testkit", &["rolewright-core", "rolewright-embedded"]),
    ("xtask", &["rolewright-embedded"]),
];

const PAGE: &str = "ARCHITECTURE.md";
const BEGIN: &str = "<!-- layers -->";
const END: &str = "<!-- /layers -->";

/// Compares the table with `cargo metadata` and with the page.
pub(super) fn check(write: bool) -> Result<Findings> {
    let mut findings = Findings { broken: broken_edges(&edges()?), ..Findings::default() };
    page(write, &mut findings)?;
    Ok(findings)
}

/// Every crate of the workspace with the crates of the workspace it depends on outside of tests.
fn edges() -> Result<Vec<(String, BTreeSet<String>)>> {
    let metadata = cargo::metadata()?;
    let ours: BTreeSet<String> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    Ok(metadata
        .packages
        .iter()
        .map(|package| {
            let known = package
                .dependencies
                .iter()
                .filter(|dependency| dependency.kind != DependencyKind::Development);
            let known =
                known.map(|dependency| dependency.name.clone()).filter(|name| ours.contains(name)).collect();
            (package.name.to_string(), known)
        })
        .collect())
}

/// The broken rules, as sentences.
fn broken_edges(edges: &[(String, BTreeSet<String>)]) -> Vec<String> {
    let mut broken = Vec::new();
    for (name, known) in edges {
        match LAYERS.iter().find(|(layer, _)| layer == name) {
            // An example stands for a user of the house, and may use any of it.
            None if name.contains("example") => {}
            None => {
                broken.push(format!("the crate {name} is in the workspace and not in the table of layers"))
            }
            Some((_, allowed)) => {
                broken.extend(known.iter().filter(|other| !allowed.contains(&other.as_str())).map(|other| {
                    let may = if allowed.is_empty() { "nobody".to_owned() } else { allowed.join(", ") };
                    format!("{name} depends on {other}, but {name} may know only {may}")
                }))
            }
        }
    }
    broken
}

/// The table between the marks of the page.
fn page(write: bool, findings: &mut Findings) -> Result<()> {
    let path = Path::new(PAGE);
    let Ok(text) = files::read(path) else {
        findings.broken.push(format!("{PAGE} is not there, and the table of layers belongs into it"));
        return Ok(());
    };
    let parts = text.split_once(BEGIN).and_then(|(head, rest)| Some((head, rest.split_once(END)?)));
    let Some((head, (stands, tail))) = parts else {
        findings.broken.push(format!("{PAGE} has no {BEGIN} … {END} around its table of layers"));
        return Ok(());
    };
    let wanted = format!("\n{}", table());
    if stands != wanted {
        if write {
            files::write(path, &format!("{head}{BEGIN}{wanted}{END}{tail}"))?;
        } else {
            findings
                .broken
                .push(format!("{PAGE} shows another table of layers; run: cargo xtask check layers --write"));
        }
    }
    Ok(())
}

fn table() -> String {
    let mut text = String::from("| crate | may know |\n|---|---|\n");
    for (name, allowed) in LAYERS {
        let may: Vec<String> = allowed.iter().map(|other| format!("`{other}`")).collect();
        let may = if may.is_empty() { "nobody".to_owned() } else { may.join(", ") };
        text.push_str(&format!("| `{name}` | {may} |\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_edge_is_a_sentence() {
        let edges = [(
            "rolewright-secrets".to_owned(),
            BTreeSet::from(["rolewright-core".to_owned(), "rolewright-roles".to_owned()]),
        )];
        let wanted = "rolewright-secrets depends on rolewright-roles, but rolewright-secrets may know only rolewright-core";
        assert_eq!(broken_edges(&edges), [wanted]);
        assert_eq!(broken_edges(&[("new".to_owned(), BTreeSet::new())]).len(), 1);
    }
}
