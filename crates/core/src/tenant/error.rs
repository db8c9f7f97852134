//! Why a name is none, each violation in its own words.

use std::fmt;

use super::MAX_PART;
use crate::{Advice, Exit, ident::MAX_BYTES};

/// What a name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A tenant.
    Tenant,
    /// A module.
    Module,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tenant => "tenant",
            Self::Module => "module",
        })
    }
}

/// Why a name is none of a tenant or module.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It has no characters.
    #[error("the name of the {0} is empty")]
    Empty(Part),
    /// It has an upper-case letter.
    #[error("the {0} `{1}` has upper-case letters")]
    UpperCase(Part, String),
    /// It begins with a digit or anything else.
    #[error("the {0} `{1}` does not begin with a letter from a to z")]
    Beginning(Part, String),
    /// It has a character that it may not have.
    #[error("the {part} `{name}` has the character {character:?}")]
    Character {
        /// Whose name.
        part: Part,
        /// The name.
        name: String,
        /// The first such character.
        character: char,
    },
    /// It is too long by itself.
    #[error("the {0} `{1}` is longer than {MAX_PART} characters")]
    Long(Part, String),
    /// Tenant and module are too long together.
    #[error("the role `{0}` is longer than the {MAX_BYTES} bytes that PostgreSQL keeps")]
    Together(String),
    /// Its schemas would be somebody else's.
    #[error("the tenant `{0}` would share the names of schemas that are not a tenant's")]
    Reserved(String),
}

impl Advice for NameError {
    fn hint(&self) -> Option<String> {
        let part = match self {
            Self::Reserved(_) => return Some("choose another id".to_owned()),
            Self::Together(_) => {
                return Some("choose a shorter id, or a shorter name of the module".to_owned());
            }
            Self::Empty(part)
            | Self::UpperCase(part, _)
            | Self::Beginning(part, _)
            | Self::Character { part, .. }
            | Self::Long(part, _) => part,
        };
        let rest = match part {
            Part::Tenant => "letters and digits",
            Part::Module => "letters, digits, `-` and `_`",
        };
        Some(format!("a {part} is a letter from a to z, then up to {} lower-case {rest}", MAX_PART - 1))
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::{Module, TenantId};

    #[test]
    fn each_violation_has_its_own_words() {
        let long = "a".repeat(32);
        for (id, words) in [
            ("", "the name of the tenant is empty"),
            ("Diku", "upper-case"),
            ("diKu", "upper-case"),
            ("1diku", "does not begin with a letter"),
            ("_1_mod", "does not begin with a letter"),
            ("élan", "does not begin with a letter"),
            ("di_ku", "the character '_'"),
            ("di ku", "the character ' '"),
            ("diku;", "the character ';'"),
            ("dikü", "the character 'ü'"),
            ("di\0ku", "the character '\\0'"),
            (&long, "longer than 31"),
            ("pg", "not a tenant's"),
            ("rolewright", "not a tenant's"),
        ] {
            let error = TenantId::new(id).unwrap_err();
            assert!(error.to_string().contains(words), "{id:?}: {error}");
            assert!(error.hint().is_some());
        }
        for (name, words) in [
            ("", "the name of the module is empty"),
            ("Mod", "upper-case"),
            ("-mod", "begin"),
            ("mod foo", "' '"),
            (&long, "longer than 31"),
        ] {
            let error = Module::new(name).unwrap_err();
            assert!(error.to_string().contains(words), "{name:?}: {error}");
        }
    }

    #[test]
    fn names_at_their_limits() {
        let (tenant, module) = (TenantId::new("a".repeat(31)).unwrap(), Module::new("b".repeat(31)).unwrap());
        assert_eq!(module.tenant(&tenant).unwrap().as_str().len(), MAX_BYTES);
        assert!(matches!(module.reporter(&tenant), Err(NameError::Together(_))));
        let short = TenantId::new("a".repeat(28)).unwrap();
        assert_eq!(module.reporter(&short).unwrap().as_str().len(), MAX_BYTES);
        assert!(module.login(u32::MAX).as_str().len() <= MAX_BYTES);
        assert!(module.keeper(u32::MAX).as_str().len() <= MAX_BYTES);
    }
}
