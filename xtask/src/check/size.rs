//! One idea a file: a long file is worth a look, and a very long one is refused.

use anyhow::Result;

use super::{Findings, files};

/// More lines than this are worth a look.
const WARN: usize = 300;
/// More lines than this are refused.
const FAIL: usize = 400;

/// Counts the lines of every file.
pub(super) fn check() -> Result<Findings> {
    let mut findings = Findings::default();
    for path in files::rust()? {
        let lines = files::read(&path)?.lines().count();
        if lines > FAIL {
            findings.broken.push(format!("{} has {lines} lines, and {FAIL} are the most", path.display()));
        } else if lines > WARN {
            findings.warnings.push(format!("{} has {lines} lines; can it be two files?", path.display()));
        }
    }
    Ok(findings)
}
