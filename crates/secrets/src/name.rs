//! Names of secrets, checked before anything is sent: for every method of the store that takes one.

use rolewright_core::{Advice, Exit};

/// The longest name, in characters; the table's check constraint says the same.
pub(crate) const MAX_CHARS: usize = 200;

/// Why a text cannot name a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It has no characters.
    #[error("the name of a secret is empty")]
    Empty,
    /// It has more characters than the table takes.
    #[error("the name of a secret has {chars} characters, and {MAX_CHARS} are the most")]
    TooLong {
        /// How many it has.
        chars: usize,
    },
    /// It has white space around it, or a control character in it, which nobody would find again.
    #[error("the name of a secret begins or ends with white space, or contains a control character")]
    Unprintable,
}

impl Advice for NameError {
    fn hint(&self) -> Option<String> {
        Some(format!("use a name of 1 to {MAX_CHARS} printable characters, such as `smtp.password`"))
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

pub(crate) fn check(name: &str) -> Result<(), NameError> {
    let chars = name.chars().count();
    if chars == 0 {
        Err(NameError::Empty)
    } else if chars > MAX_CHARS {
        Err(NameError::TooLong { chars })
    } else if name.trim() != name || name.chars().any(char::is_control) {
        Err(NameError::Unprintable)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        assert_eq!(check("smtp.password"), Ok(()));
        assert_eq!(check("größe of it"), Ok(()));
        assert_eq!(check(&"ä".repeat(200)), Ok(()));
        assert_eq!(check(""), Err(NameError::Empty));
        assert_eq!(check(&"a".repeat(201)), Err(NameError::TooLong { chars: 201 }));
        for bad in [" a", "a ", "a\0b", "a\nb", "\u{7f}"] {
            assert_eq!(check(bad), Err(NameError::Unprintable), "{bad:?}");
        }
        assert_eq!(NameError::Empty.exit(), Exit::Usage);
    }
}
