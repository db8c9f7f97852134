//! Pages that are made from the program are as the program says.

use std::path::Path;

use anyhow::{Result, bail};

use super::{Findings, files};
use crate::cargo;

/// A page, and the arguments of the binary that print it.
const PAGES: [(&str, &[&str]); 2] =
    [("docs/config-schema.json", &["config", "schema"]), ("docs/commands.md", &["help-markdown"])];

/// Makes every page anew and compares it with the one that is there.
pub(super) fn check(write: bool) -> Result<Findings> {
    let mut findings = Findings::default();
    for (page, arguments) in PAGES {
        let made = match make(arguments) {
            Ok(made) => made,
            Err(error) => {
                findings.broken.push(format!("{page} cannot be made: {error}"));
                continue;
            }
        };
        if files::read(Path::new(page)).ok().as_deref() == Some(&made) {
            continue;
        }
        if write {
            files::write(Path::new(page), &made)?;
        } else {
            findings
                .broken
                .push(format!("{page} is not what the program says; run: cargo xtask check pages --write"));
        }
    }
    Ok(findings)
}

/// What the binary prints, wherever it is run: as wide as a page, without colours.
fn make(arguments: &[&str]) -> Result<String> {
    let mut command = cargo::command();
    command.args(["run", "--quiet", "--package", "rolewright", "--"]).args(arguments);
    let output = command.env("COLUMNS", "100").env("NO_COLOR", "1").env_remove("DATABASE_URL").output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`rolewright {}` failed: {}",
            arguments.join(" "),
            said.lines().last().unwrap_or("it said nothing")
        );
    }
    Ok(format!("{}\n", String::from_utf8(output.stdout)?.trim_end()))
}
