//! How a command fails: an error with advice, or an exit code whose output has been printed already.

use rolewright_core::{Advice, Exit};
use sea_orm::DbErr;

/// What every command gives back.
pub(crate) type Outcome = Result<Exit, Failure>;

/// A command's end before its time.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Failure {
    pub(crate) fn plain(exit: Exit, message: impl Into<String>, hint: Option<String>) -> Self {
        Self { exit, message: message.into(), hint }
    }

    /// A database error that no stage has put into words.
    pub(crate) fn database(error: &DbErr) -> Self {
        if crate::error::is_lost(error) {
            let hint = Some("check that PostgreSQL is up, and run the command again".to_owned());
            Self::plain(Exit::Unavailable, format!("the database went away: {error}"), hint)
        } else {
            Self::plain(Exit::Failed, format!("the database refused a statement: {error}"), None)
        }
    }
}

impl<E: Advice> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { exit: error.exit(), message: error.to_string(), hint: error.hint() }
    }
}
