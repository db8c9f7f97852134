//! Why a report gave no result, or no more of it.

use std::time::Duration;

use rolewright_core::{Advice, Exit, sqlstate};

use crate::{
    Elsewhere, OpenError, ParameterError, Refusal,
    wire::{Spoken, spoken},
};

/// A report that did not run, or did not run to its end. Never contains a password or a parameter's value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The text is not one read-only query; nothing of it has run.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The parameters and their values do not fit; nothing of the text has run.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The query failed in the database.
    #[error("{message} ({sqlstate})")]
    Database {
        /// The SQLSTATE (PostgreSQL manual, appendix A).
        sqlstate: String,
        /// The server's message; its hint and its detail, which may name what the role does not see, are left out.
        message: String,
    },
    /// A policy of what the query reads compares a column with a setting that is not there, or not of the column's type; nothing of the text has
    /// run.
    #[error(
        "a policy of what this query reads asks for a setting of the session's that it does not have: {message} ({sqlstate})"
    )]
    Setting {
        /// The SQLSTATE.
        sqlstate: String,
        /// The server's message.
        message: String,
    },
    /// The text calls a function or an operator that is not where the role's names are looked up, but in another schema that it may use.
    #[error(transparent)]
    Elsewhere(Box<Elsewhere>),
    /// The deadline passed; the server has ended, or is being told to end, the statement.
    #[error("the report took longer than {}", humanize(.after))]
    Timeout {
        /// The time it had.
        after: Duration,
    },
    /// A value is not UTF-8, because the query changed `client_encoding` or the database has none.
    #[error("column {column} contains text that is not UTF-8")]
    Encoding {
        /// The column, counted from 1.
        column: usize,
    },
    /// The connection was lost under the report: the server ended it, or the network did.
    #[error("the report's session was lost: {cause}")]
    Lost {
        /// What the server or the network said.
        cause: String,
    },
    /// All connections of the role are in use, and stayed so.
    #[error("all {max} connections of this role stayed busy")]
    Busy {
        /// The pool's size.
        max: u32,
    },
    /// All connections of the role are in use, and as many reports wait for one as may.
    #[error("{waiting} reports of this role wait already")]
    Queue {
        /// How many wait.
        waiting: u32,
    },
    /// A new connection could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The pool has been closed.
    #[error("the pool is closed")]
    Closed,
}

/// `undefined_function`: of operators too.
const UNDEFINED_FUNCTION: &str = "42883";

fn humanize(duration: &Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}

impl Advice for QueryError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Refused(refusal) => refusal.hint(),
            Self::Parameter(error) => error.hint(),
            Self::Open(error) => error.hint(),
            Self::Database { sqlstate: code, .. } => Some(
                match code.as_str() {
                    sqlstate::INSUFFICIENT_PRIVILEGE => {
                        "`rolewright matrix` shows what this role may read; with the role's rights read, too, policies of the tables (`rolewright check` names those that may not) and functions that are not SECURITY DEFINER"
                    }
                    sqlstate::UNDEFINED_TABLE | sqlstate::UNDEFINED_COLUMN => {
                        "`rolewright matrix` shows what this role may read"
                    }
                    UNDEFINED_FUNCTION => "look at the name, and cast the arguments to the types it takes",
                    sqlstate::QUERY_CANCELED => "somebody cancelled it on the server; run it again",
                    _ => "correct the query, and run it again",
                }
                .to_owned(),
            ),
            Self::Setting { .. } => Some(
                "give the database the setting, `ALTER DATABASE … SET app.tenant = '…'` (a managed role's own settings are put back by `apply`); or write the policy so that without it no row is shown: `nullif(current_setting('app.tenant', true), '')::int`"
                    .to_owned(),
            ),
            Self::Elsewhere(found) => Some(found.hint()),
            Self::Timeout { .. } => {
                Some("narrow the query, or raise `statement_timeout` of the connection".to_owned())
            }
            Self::Encoding { .. } => Some(
                "use convert_from(…) or encode(…, 'hex') for bytes, and leave client_encoding alone"
                    .to_owned(),
            ),
            Self::Lost { .. } => {
                Some("run it again; `rolewright doctor` says whether the server is well".to_owned())
            }
            Self::Busy { .. } => {
                Some("wait for running reports, or raise `max_connections` of the connection".to_owned())
            }
            Self::Queue { .. } => Some("try again later, or raise `max_queue` of the connection".to_owned()),
            Self::Closed => None,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Refused(error) => error.exit(),
            Self::Parameter(error) => error.exit(),
            Self::Open(error) => error.exit(),
            Self::Database { .. }
            | Self::Setting { .. }
            | Self::Elsewhere(_)
            | Self::Timeout { .. }
            | Self::Encoding { .. } => Exit::DatabaseFailed,
            Self::Lost { .. } | Self::Busy { .. } | Self::Queue { .. } | Self::Closed => Exit::Unavailable,
        }
    }
}

impl QueryError {
    /// Whether the database said this.
    pub(crate) fn is(&self, code: &str) -> bool {
        matches!(self, Self::Database { sqlstate, .. } if sqlstate == code)
    }

    /// Sorts what the driver says of a statement into our words.
    pub(crate) fn of_driver(error: &tokio_postgres::Error) -> Self {
        match spoken(error) {
            Spoken::Refused(said) if !is_loss(said.code().code()) => {
                Self::Database { sqlstate: said.code().code().to_owned(), message: said.message().to_owned() }
            }
            Spoken::Refused(said) | Spoken::Ended(said) => Self::Lost { cause: said.message().to_owned() },
            Spoken::Silent(cause) => Self::Lost { cause },
        }
    }
}

/// The session is gone: the shutdowns of class 57 (PostgreSQL manual, appendix A). Class 08 is not among them where it ends a statement
/// only: there it is of another server, behind a foreign table.
fn is_loss(code: &str) -> bool {
    matches!(code, sqlstate::ADMIN_SHUTDOWN | "57P02" | "57P03" | "57P04" | "57P05" | "25P03" | "25P04")
}
