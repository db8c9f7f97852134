//! What one text gave: its values as far as they matter, how it failed, and whether it had to be ended.

use std::{collections::BTreeSet, time::Duration};

use rolewright_core::sqlstate;
use rolewright_sessions::QueryError;
use sqlx::postgres::PgDatabaseError;

/// The mark of values that must not be read.
const MARK: &[u8] = b"CANARY_";
/// Most values that are kept of one text, and most bytes of each.
const KEPT: (usize, usize) = (400, 4096);

/// What one text gave.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// The first values, cut to a length.
    pub(crate) values: Vec<String>,
    /// Whether any value came that is not NULL or empty.
    pub(crate) any: bool,
    /// Marked values, wherever they came: in values or errors.
    pub(crate) marked: BTreeSet<String>,
    /// How it failed, if it did.
    pub(crate) failure: Option<Failure>,
    /// It did not end by its deadline, and was ended.
    pub overran: bool,
    /// How long it took.
    pub elapsed: Duration,
}

/// How a text failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The sandbox refused it before it ran; in the refusal's words.
    Refused(String),
    /// The server refused it, or stopped it.
    Server {
        /// The SQLSTATE.
        sqlstate: String,
        /// What it said.
        message: String,
    },
    /// Its time was up.
    Timeout,
    /// The session is gone.
    Lost(String),
}

impl Ran {
    /// One value as it came.
    pub fn take(&mut self, value: Option<&[u8]>) {
        let Some(bytes) = value else { return };
        self.any |= !bytes.is_empty();
        self.mark(bytes);
        if self.values.len() < KEPT.0 {
            let cut = &bytes[..bytes.len().min(KEPT.1)];
            self.values.push(String::from_utf8_lossy(cut).into_owned());
        }
    }

    /// Its failure.
    pub fn fail(&mut self, failure: Failure) {
        if let Failure::Server { message, .. } | Failure::Lost(message) | Failure::Refused(message) = &failure
        {
            self.mark(message.clone().as_bytes());
        }
        self.failure = Some(failure);
    }

    fn mark(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK) {
            rest = &rest[at..];
            let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
            let end = rest.iter().position(|byte| !word(byte)).unwrap_or(rest.len());
            self.marked.insert(String::from_utf8_lossy(&rest[..end]).into_owned());
            rest = &rest[end..];
        }
    }

    /// The answer as another session's is compared with it.
    pub(crate) fn answer(&self) -> String {
        match &self.failure {
            None => self.values.join("\u{1f}"),
            Some(Failure::Server { sqlstate, .. }) => format!("failed with {sqlstate}"),
            Some(Failure::Refused(words)) => format!("refused: {words}"),
            Some(Failure::Timeout) => "timed out".to_owned(),
            Some(Failure::Lost(_)) => "lost".to_owned(),
        }
    }

    /// Whether the session is no more.
    pub(crate) fn lost(&self) -> bool {
        self.overran || matches!(self.failure, Some(Failure::Lost(_)))
    }
}

impl From<&sqlx::Error> for Failure {
    fn from(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => {
                let error = error.downcast_ref::<PgDatabaseError>();
                let mut message = error.message().to_owned();
                for more in [error.detail(), error.hint(), error.r#where()].into_iter().flatten() {
                    message.push_str("; ");
                    message.push_str(more);
                }
                match error.code() {
                    sqlstate::QUERY_CANCELED => Self::Timeout,
                    code if code.starts_with("57P") || code.starts_with("08") => Self::Lost(message),
                    code => Self::Server { sqlstate: code.to_owned(), message },
                }
            }
            sqlx::Error::Io(error) => Self::Lost(error.kind().to_string()),
            error => Self::Lost(format!("the driver lost track: {error}")),
        }
    }
}

impl From<&QueryError> for Failure {
    fn from(error: &QueryError) -> Self {
        match error {
            QueryError::Refused(_) | QueryError::Parameter(_) => Self::Refused(error.to_string()),
            QueryError::Database { sqlstate: code, .. } if code == sqlstate::QUERY_CANCELED => Self::Timeout,
            QueryError::Database { sqlstate, message } => {
                Self::Server { sqlstate: sqlstate.clone(), message: message.clone() }
            }
            QueryError::Elsewhere(found) => {
                Self::Server { sqlstate: found.sqlstate.clone(), message: found.message.clone() }
            }
            QueryError::Timeout { .. } => Self::Timeout,
            error => Self::Lost(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_wherever_they_stand() {
        let mut ran = Ran::default();
        ran.take(Some(b"a CANARY_ONE,CANARY_TWO\0x"));
        ran.take(None);
        ran.fail(Failure::Server { sqlstate: "22P02".to_owned(), message: "\"CANARY_3\"".to_owned() });
        assert_eq!(ran.marked.into_iter().collect::<Vec<_>>(), ["CANARY_3", "CANARY_ONE", "CANARY_TWO"]);
        assert!(ran.any);
    }
}
