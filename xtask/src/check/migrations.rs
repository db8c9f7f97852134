//! Migrations can be added and never edited, because a database somewhere has run them.

use std::{collections::BTreeMap, path::Path, process::Command};

use anyhow::Result;
use sha2::{Digest as _, Sha256};

use super::{Findings, files};
use crate::cargo;

/// The checksums of every migration so far: one line a file, as `sha256sum` writes it. It only ever gains lines.
const LOCK: &str = "migrations.lock";

type Checksums = BTreeMap<String, String>;

/// Compares the files with the checksums, and the checksums with those of the last commit.
pub(super) fn check(write: bool) -> Result<Findings> {
    let mut findings = Findings::default();
    let actual = checksums()?;
    let mut locked = parse(&files::read(Path::new(LOCK)).unwrap_or_default());
    let committed = parse(&committed_lock());
    for (path, checksum) in &committed {
        if locked.get(path) != Some(checksum) {
            findings.broken.push(format!("{LOCK} lost or changed the line of {path}, which was committed; restore it: git checkout {LOCK}"));
        }
    }
    compare(&locked, &actual, write, &mut findings);
    if write && findings.broken.is_empty() {
        locked.extend(actual);
        files::write(Path::new(LOCK), &render(&locked))?;
    }
    Ok(findings)
}

/// What differs between the locked and the actual files; a new file may be added by writing.
fn compare(locked: &Checksums, actual: &Checksums, write: bool, findings: &mut Findings) {
    for (path, checksum) in locked {
        match actual.get(path) {
            None => findings.broken.push(format!("the migration {path} is gone, and databases have run it")),
            Some(now) if now != checksum => {
                findings.broken.push(format!("the migration {path} was edited; undo that and add a new one"));
            }
            Some(_) => {}
        }
    }
    for path in actual.keys().filter(|path| !locked.contains_key(*path) && !write) {
        findings.broken.push(format!(
            "the migration {path} is not in {LOCK}; run: cargo xtask check migrations --write"
        ));
    }
}

/// The checksum of every file below a folder `migration*` of a crate's sources, except the lists of them.
fn checksums() -> Result<Checksums> {
    let root = cargo::root();
    let mut found = Vec::new();
    files::below(&root.join("crates"), &mut found)?;
    let relative = found.iter().filter_map(|path| path.strip_prefix(&root).ok());
    relative
        .filter(|path| is_migration(path))
        .map(|path| {
            Ok((path.display().to_string(), hex::encode(Sha256::digest(files::read(path)?.as_bytes()))))
        })
        .collect()
}

/// A file in a folder `migration` or `migrations` of a crate's sources. `mod.rs` is the list, which grows.
fn is_migration(path: &Path) -> bool {
    let parts: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let [crates, _, src, folders @ .., _] = &parts[..] else { return false };
    let folder = folders.iter().any(|folder| folder.starts_with("migration"));
    crates == "crates" && src == "src" && folder && path.file_name().is_some_and(|name| name != "mod.rs")
}

/// The checksums as of the last commit; empty where there is no git or no such file yet.
fn committed_lock() -> String {
    let output =
        Command::new("git").current_dir(cargo::root()).args(["show", &format!("HEAD:{LOCK}")]).output();
    output
        .ok()
        .filter(|output| output.status.success())
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default()
}

fn parse(text: &str) -> Checksums {
    text.lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(checksum, path)| (path.to_owned(), checksum.to_owned()))
        .collect()
}

fn render(checksums: &Checksums) -> String {
    checksums.iter().map(|(path, checksum)| format!("{checksum}  {path}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Checksums {
        pairs.iter().map(|(path, checksum)| ((*path).to_owned(), (*checksum).to_owned())).collect()
    }

    #[test]
    fn an_edited_or_missing_migration_is_broken_and_a_new_one_only_until_written() {
        let locked = of(&[("a", "1"), ("b", "2")]);
        for (actual, write, broken) in [
            (of(&[("a", "1"), ("b", "2")]), false, 0),
            (of(&[("a", "9"), ("b", "2")]), true, 1),
            (of(&[("a", "1")]), true, 1),
            (of(&[("a", "1"), ("b", "2"), ("c", "3")]), false, 1),
            (of(&[("a", "1"), ("b", "2"), ("c", "3")]), true, 0),
        ] {
            let mut findings = Findings::default();
            compare(&locked, &actual, write, &mut findings);
            assert_eq!(findings.broken.len(), broken, "{actual:?}: {findings:?}");
        }
    }

    #[test]
    fn only_files_of_migration_folders_count() {
        for (path, is) in [
            ("crates/secrets/src/migrations/m1.rs", true),
            ("crates/roles/src/migration/sql/a.sql", true),
            ("crates/server/src/reports/migration/m1.rs", true),
            ("crates/secrets/src/migrations/mod.rs", false),
            ("crates/secrets/src/migrator.rs", false),
            ("crates/secrets/src/store/mod.rs", false),
        ] {
            assert_eq!(is_migration(Path::new(path)), is, "{path}");
        }
    }

    #[test]
    fn the_lock_reads_back() {
        let checksums = of(&[("a b", "1"), ("c", "2")]);
        assert_eq!(parse(&render(&checksums)), checksums);
    }
}
