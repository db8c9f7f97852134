//! What can keep a test from getting its database, for the person who reads the failed test.

use rolewright_core::{Advice, Exit};
use thiserror::Error;

/// Why there is no test database.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TestkitError {
    /// `ROLEWRIGHT_TEST_DATABASE_URL` is not a PostgreSQL URL. The value is never shown.
    #[error("ROLEWRIGHT_TEST_DATABASE_URL is not of the form postgres://user:password@host:port/database")]
    Url,
    /// An environment variable that chooses the server says nothing sensible.
    #[error("{name} is not {wanted}")]
    Variable {
        /// The variable.
        name: &'static str,
        /// What it can be.
        wanted: &'static str,
    },
    /// No server is named, and none can be had.
    #[error("no PostgreSQL server to test on: {why}")]
    NoServer {
        /// Every way that was tried, and why it was passed over.
        why: String,
        /// What to do about that.
        hint: String,
    },
    /// A template database could not be made.
    #[error("the template {name:?} cannot be made: {why}")]
    Template {
        /// What the caller calls it.
        name: String,
        /// What its migration says, or why its outcome cannot be cloned.
        why: String,
    },
    /// The server refused a step of making the database.
    #[error("making a test database failed while {step}")]
    Fixture {
        /// What was being done.
        step: &'static str,
        /// What the server answered.
        #[source]
        source: sqlx::Error,
    },
}

impl Advice for TestkitError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Url => Some("name a superuser's URL, or unset it to use a private PostgreSQL".into()),
            Self::NoServer { hint, .. } => {
                Some(format!("{hint}; or name a server in ROLEWRIGHT_TEST_DATABASE_URL"))
            }
            Self::Variable { name, .. } => Some(format!("correct {name}, or unset it")),
            Self::Template { .. } => {
                Some("let the closure run the host's migrations alone, in the database it is given".into())
            }
            Self::Fixture { .. } => Some("check that ROLEWRIGHT_TEST_DATABASE_URL is a superuser's".into()),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Url | Self::Variable { .. } => Exit::Config,
            _ => Exit::Unavailable,
        }
    }
}
