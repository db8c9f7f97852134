//! Why something was not said of a record, or not told.

use rolewright_core::{Advice, Exit, sqlstate};

use crate::ProvisionError;

/// Why consent was not changed, or not explained. Nothing is changed in any of these.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    /// There is no such kind of records.
    #[error("there is no kind of records named `{name}`; configured are: {}", none_or(known))]
    NoKind {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// The kind is configured, and its policies have not been made yet.
    #[error("the policies of `{0}` have not been made yet")]
    NotProvisioned(String),
    /// A key that no record of this kind can have.
    #[error("`{record}` is no key of {kind}, whose keys are {key_type}")]
    Key {
        /// The key as it was given.
        record: String,
        /// The kind.
        kind: String,
        /// The type of its keys.
        key_type: String,
    },
    /// The time ends before it begins.
    #[error("the time that it is said for ends before it begins")]
    NoTime,
    /// There is no such database role.
    #[error("there is no database role `{0}`")]
    NoRole(String),
    /// What the server or the connection said.
    #[error(transparent)]
    Server(#[from] ProvisionError),
}

impl ConsentError {
    pub(in crate::consent) fn sql(label: &str, kind: &str, error: &sqlx::Error) -> Self {
        match ProvisionError::sql(label, error) {
            ProvisionError::Statement { code, .. }
                if code == sqlstate::UNDEFINED_TABLE
                    || code == sqlstate::UNDEFINED_OBJECT
                    || code == "3F000" =>
            {
                Self::NotProvisioned(kind.to_owned())
            }
            error => Self::Server(error),
        }
    }
}

impl Advice for ConsentError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoKind { name, .. } => {
                format!("add a section [consent.{name}], or name one that is configured")
            }
            Self::NotProvisioned(_) => "run `rolewright apply`".to_owned(),
            Self::Key { key_type, .. } => format!("write the key as the database does, a {key_type}"),
            Self::NoTime => "name an end that is later than the beginning".to_owned(),
            Self::NoRole(_) => {
                "name a role that exists; what is said for one that does not would be for nobody".to_owned()
            }
            Self::Server(error) => return error.hint(),
        })
    }

    fn exit(&self) -> Exit {
        match self {
            Self::NoKind { .. } | Self::Key { .. } | Self::NoTime | Self::NoRole(_) => Exit::Usage,
            Self::NotProvisioned(_) => Exit::Failed,
            Self::Server(error) => error.exit(),
        }
    }
}

fn none_or(known: &[String]) -> String {
    if known.is_empty() { "none".to_owned() } else { known.join(", ") }
}
