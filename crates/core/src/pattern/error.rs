//! Why a text is not a pattern, for whoever wrote it into `read` or `deny`.

use crate::{Advice, Exit};

/// Why a pattern is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A part between dots has no characters.
    #[error("the pattern `{pattern}` has an empty part")]
    EmptyPart {
        /// The pattern as written.
        pattern: String,
    },
    /// A double quote is not closed, or text follows a closed one.
    #[error("the pattern `{pattern}` has a double quote out of place")]
    Quote {
        /// The pattern as written.
        pattern: String,
    },
    /// A part is not a glob.
    #[error("`{glob}` is not a glob")]
    Glob {
        /// The part as written.
        glob: String,
    },
    /// The pattern has too few or too many parts.
    #[error("the pattern `{pattern}` has {parts} parts")]
    Parts {
        /// The pattern as written.
        pattern: String,
        /// How many it has.
        parts: usize,
        /// What is asked for.
        expected: &'static str,
    },
    /// The schema of a `read` entry is a glob.
    #[error("the schema of `{pattern}` is a glob")]
    SchemaGlob {
        /// The pattern as written.
        pattern: String,
    },
    /// The schema is not a name PostgreSQL keeps.
    #[error(transparent)]
    Name(#[from] crate::ident::IdentError),
}

impl Advice for PatternError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::EmptyPart { .. } => "write a name or `*` on each side of every dot".into(),
            Self::Quote { .. } => {
                r#"quote a whole part, as in `public."a.b"`, and double a quote inside it"#.into()
            }
            Self::Glob { .. } => "close every `[` and `{`, or quote the part to take it literally".into(),
            Self::Parts { expected, .. } => format!("write {expected}"),
            Self::SchemaGlob { .. } => {
                "name each schema that may be read; only the table may be a glob, as in `reporting.daily_*`"
                    .into()
            }
            Self::Name(error) => return error.hint(),
        })
    }

    fn exit(&self) -> Exit {
        Exit::Config
    }
}
