//! Why an attack could not be carried out; nothing of it says how it ended.

use rolewright_core::{Advice, Exit};
use rolewright_roles::ProvisionError;
use rolewright_secrets::SecretError;
use rolewright_sessions::{OpenError, TenantError, TenantQueryError};

use super::corpus::CorpusError;
use crate::{RoleUnavailable, error::sqlx_lost};

/// Why an attack could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum AttackError {
    /// The corpus or a file has another form.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// There is no such role, or it is not provisioned.
    #[error(transparent)]
    Role(#[from] RoleUnavailable),
    /// The role cannot log in.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is no such tenant, or it has no login for reports.
    #[error(transparent)]
    Tenant(#[from] TenantQueryError),
    /// The roles could not be put back as they were.
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    /// The role secret could not be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A look at the database failed.
    #[error("{step} failed: {cause}")]
    Database {
        /// What was being done.
        step: &'static str,
        /// What the driver says.
        cause: String,
        /// Whether the connection is gone.
        lost: bool,
    },
    /// The server's log cannot be read.
    #[error("{file} cannot be read: {cause}")]
    ServerLog {
        /// The file.
        file: String,
        /// What the system says.
        cause: String,
    },
    /// Rows were changed, and there is no way to put them back: nothing more is tried.
    #[error("the attempt {id} changed rows ({what}), and the attack was stopped there")]
    RowsChanged {
        /// The attempt.
        id: String,
        /// The relations.
        what: String,
    },
    /// Something could not be put back.
    #[error("after the attempt {id} the database is not as it was: {what}")]
    LeftBehind {
        /// The attempt.
        id: String,
        /// The parts that differ.
        what: String,
    },
}

impl From<TenantError> for AttackError {
    fn from(error: TenantError) -> Self {
        Self::Tenant(error.into())
    }
}

impl AttackError {
    pub(super) fn database(step: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |error| Self::Database { step, cause: cause(&error), lost: sqlx_lost(&error) }
    }
}

/// The server has not what it takes to answer core, such as room in its lock table: that is an attempt's effect, and no end of the
/// attack. In words, where it is so.
pub(super) fn starved(error: &sqlx::Error) -> Option<String> {
    let code = error.as_database_error()?.code()?;
    code.starts_with("53").then(|| format!("core's own statements fail: {}", cause(error)))
}

/// The server's own message and SQLSTATE, or the kind of failure.
fn cause(error: &sqlx::Error) -> String {
    match error.as_database_error() {
        Some(error) => format!("{} ({})", error.message(), error.code().unwrap_or_default()),
        None => match error {
            sqlx::Error::Io(error) => error.kind().to_string(),
            sqlx::Error::PoolTimedOut => "no connection became free".to_owned(),
            _ => "the driver lost track of the protocol".to_owned(),
        },
    }
}

impl Advice for AttackError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Corpus(error) => error.hint(),
            Self::Role(error) => error.hint(),
            Self::Open(error) => error.hint(),
            Self::Tenant(error) => error.hint(),
            Self::Secret(error) => error.hint(),
            Self::Provision(error) => error.hint(),
            Self::Database { lost: true, .. } => {
                Some("check that PostgreSQL is up, and run the command again".to_owned())
            }
            Self::Database { .. } => Some("mend what the server names, and run the command again".to_owned()),
            Self::ServerLog { .. } => Some("check the path given to --server-log, and its rights".to_owned()),
            Self::RowsChanged { .. } => {
                Some("run `rolewright verify`, and restore the rows from a backup".to_owned())
            }
            Self::LeftBehind { .. } => Some("run `rolewright apply`, then `rolewright check`".to_owned()),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Corpus(error) => error.exit(),
            Self::Role(error) => error.exit(),
            Self::Open(error) => error.exit(),
            Self::Tenant(error) => error.exit(),
            Self::Secret(error) => error.exit(),
            Self::Provision(error) => error.exit(),
            Self::Database { lost: true, .. } => Exit::Unavailable,
            Self::Database { .. } => Exit::Failed,
            Self::ServerLog { .. } => Exit::Usage,
            Self::RowsChanged { .. } | Self::LeftBehind { .. } => Exit::Escaped,
        }
    }
}
