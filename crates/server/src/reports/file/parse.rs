//! Reads a file back into a definition; what cannot be read is named by line and key.

use rolewright_core::{Advice, Exit};

use super::{FENCE, front::Front};
use crate::reports::{Definition, DefinitionError, definition::trimmed};

/// A file that is not a report's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {}{why}", key.as_ref().map(|key| format!("{key}: ")).unwrap_or_default())]
pub struct FileError {
    /// The line, counted from 1.
    pub line: usize,
    /// The key, where the header could be read that far.
    pub key: Option<String>,
    /// What is wrong.
    pub why: String,
}

impl Advice for FileError {
    fn hint(&self) -> Option<String> {
        Some(
            "`rolewright report show NAME` prints a report in this form; docs/reports.md describes it"
                .to_owned(),
        )
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

/// Whether a text begins as a report's file does.
#[must_use]
pub fn is_file(text: &str) -> bool {
    first_line(unmarked(text)).0.trim_end() == FENCE
}

/// Reads a file.
///
/// Line ends may be those of Windows; the definition's are not.
///
/// # Errors
/// The line, and the key, that cannot be read, or that breaks a rule of [`Definition::check`].
pub fn parse(text: &str) -> Result<Definition, FileError> {
    let at = |line: usize, why: &str| FileError { line, key: None, why: why.to_owned() };
    let text = unmarked(text);
    if !is_file(text) {
        return Err(at(1, &format!("a report's file begins with the line `{FENCE}`")));
    }
    let text = if first_line(text).0.ends_with('\r') { text.replace("\r\n", "\n") } else { text.to_owned() };
    let mut rest = first_line(&text).1;
    let mut header = String::new();
    for number in 2.. {
        if rest.is_empty() {
            return Err(at(number, &format!("the header does not end with a line `{FENCE}`")));
        }
        let (line, after) = first_line(rest);
        rest = after;
        if line.trim_end() == FENCE {
            break;
        }
        let Some(inner) = line.strip_prefix("--") else {
            return Err(at(number, "a line of the header begins with `--`"));
        };
        header.push_str(inner.strip_prefix(' ').unwrap_or(inner));
        header.push('\n');
    }
    let front = Front::parse(&header).map_err(|(range, why)| FileError {
        line: line_of(&header, range.start),
        key: key_at(&header, range.start),
        why,
    })?;
    let definition = front.definition(trimmed(rest));
    definition.and_then(|definition| definition.check().map(|()| definition)).map_err(|error| {
        let DefinitionError { key, why } = error;
        let line = match front.place(&key) {
            Some(range) => line_of(&header, range.start),
            None => header.lines().count() + 3,
        };
        FileError { line, key: Some(key), why }
    })
}

/// A text without the mark that some editors put before its first character.
fn unmarked(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The first line without its newline, and what follows.
fn first_line(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}

/// The line of the file on which a byte of the header stands; the fence is the first.
fn line_of(header: &str, at: usize) -> usize {
    let at = at.min(header.len());
    2 + header.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count()
}

/// The key on the line of the header where a byte stands.
fn key_at(header: &str, at: usize) -> Option<String> {
    let line = header.lines().nth(line_of(header, at).checked_sub(2)?)?;
    let key = line.split_once('=').map_or(line, |(key, _)| key).trim();
    (!key.is_empty()).then(|| key.to_owned())
}
