//! What a token says, as a message may repeat it: shortened, and without a character that could end a line or hide what follows.

use std::fmt;

/// So many characters are repeated at most.
const MOST: usize = 40;

/// A text from outside. Its `Display` is harmless in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown(String);

impl Shown {
    /// Shortens and escapes.
    pub(crate) fn new(text: &str) -> Self {
        let mut shown: String = text.chars().take(MOST).flat_map(harmless).collect();
        if text.chars().nth(MOST).is_some() {
            shown.push('…');
        }
        Self(shown)
    }
}

/// Letters, digits and the signs of ASCII stand for themselves; anything else, marks of direction among them, as an escape.
fn harmless(c: char) -> Box<dyn Iterator<Item = char>> {
    if c != '`' && (c.is_ascii_graphic() || c == ' ' || c.is_alphanumeric()) {
        Box::new(std::iter::once(c))
    } else {
        Box::new(c.escape_unicode())
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_ends_and_nothing_runs_backwards() {
        let shown = Shown::new("k1`\r\nlevel=info user=\u{202e}root");
        assert_eq!(shown.to_string(), "k1\\u{60}\\u{d}\\u{a}level=info user=\\u{202e}root");
        assert_eq!(Shown::new(&"x".repeat(100)).to_string(), format!("{}…", "x".repeat(40)));
        assert_eq!(Shown::new("Zoë Ω").to_string(), "Zoë Ω");
    }
}
