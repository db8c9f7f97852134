//! Splits a pattern at its dots, minding quotes; for the parsers of `read` and `deny`.

use super::{Glob, PatternError};

/// One part between dots.
#[derive(Debug)]
pub(super) struct Part {
    /// The text, without its quotes.
    pub(super) text: String,
    /// Whether it was quoted, and so is literal.
    pub(super) quoted: bool,
}

impl Part {
    pub(super) fn glob(&self) -> Result<Glob, PatternError> {
        if self.quoted { Ok(Glob::literal(&self.text)) } else { Glob::new(&self.text) }
    }

    pub(super) fn is_glob(&self) -> bool {
        !self.quoted && is_glob(&self.text)
    }
}

/// Whether a text that is not quoted is a glob.
pub(super) fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '[', ']', '{', '}', '\\'])
}

/// Splits `a.b."c.d"` into its parts.
pub(super) fn split(pattern: &str) -> Result<Vec<Part>, PatternError> {
    let misplaced = || PatternError::Quote { pattern: pattern.to_owned() };
    let mut parts = Vec::new();
    let mut characters = pattern.chars().peekable();
    loop {
        let mut part = Part { text: String::new(), quoted: characters.peek() == Some(&'"') };
        let mut more = false;
        if part.quoted {
            characters.next();
            loop {
                match characters.next() {
                    Some('"') if characters.peek() == Some(&'"') => {
                        characters.next();
                        part.text.push('"');
                    }
                    Some('"') => break,
                    Some(character) => part.text.push(character),
                    None => return Err(misplaced()),
                }
            }
            match characters.next() {
                None => {}
                Some('.') => more = true,
                Some(_) => return Err(misplaced()),
            }
        } else {
            for character in characters.by_ref() {
                match character {
                    '.' => {
                        more = true;
                        break;
                    }
                    '"' => return Err(misplaced()),
                    _ => part.text.push(character),
                }
            }
        }
        if part.text.is_empty() {
            return Err(PatternError::EmptyPart { pattern: pattern.to_owned() });
        }
        parts.push(part);
        if !more {
            return Ok(parts);
        }
    }
}
