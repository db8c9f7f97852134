//! Every source file begins by saying, in a sentence, what it is and for whom.

use anyhow::Result;

use super::{Findings, files};

/// Reads the head of every file.
pub(super) fn check() -> Result<Findings> {
    let mut findings = Findings::default();
    for path in files::rust()? {
        if let Err(why) = judge(&files::read(&path)?) {
            findings.broken.push(format!("{} {why}", path.display()));
        }
    }
    Ok(findings)
}

/// The head: `//!` on the first line, and a sentence that ends on the first paragraph.
fn judge(text: &str) -> Result<(), &'static str> {
    let paragraph: Vec<&str> = text
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    let paragraph = paragraph.join(" ");
    if paragraph.is_empty() {
        Err("does not begin with a `//!` comment that says what it is")
    } else if !paragraph.ends_with(['.', ':', '!', '?', '`']) {
        Err("begins with a `//!` comment that is not a sentence")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::judge;

    #[test]
    fn a_file_without_a_head_is_found() {
        assert!(judge("//! What it is, for\n//! whom.\n\nuse x;\n").is_ok());
        assert!(judge("use x;\n//! Late.\n").is_err());
        assert!(judge("//!\n//! Second paragraph.\n").is_err());
        assert!(judge("//! No sentence\n").is_err());
        assert!(judge("").is_err());
    }
}
