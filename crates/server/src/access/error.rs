//! Why there are no subjects, though they are configured.

use rolewright_core::{Advice, Exit};
use rolewright_sessions::token::KeysError;

/// Why nothing can be done for subjects. Never contains a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// Tokens cannot be verified.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// `[access]` is not configured, or the tables are not made yet.
    #[error("there are no subjects: `access` is not configured, or nothing was applied yet")]
    NoAccess,
}

impl Advice for AccessError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Keys(error) => error.hint(),
            Self::NoAccess => Some("set `access.jwt`, and run `rolewright apply`".to_owned()),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Keys(error) => error.exit(),
            Self::NoAccess => Exit::Config,
        }
    }
}
