//! Errors of everything that touches the table: the value's, the name's and the database's. For every caller.

use rolewright_core::{Advice, Exit, RoleSecret, sqlstate};
use sea_orm::{DbErr, RuntimeErr};

use crate::{NameError, Unreadable, sealed::SealError};

/// Why a secret cannot be had, kept or listed. It names the secret, never its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The name cannot name a secret.
    #[error(transparent)]
    Name(#[from] NameError),
    /// There is a value of that name, and it does not open. That is not the same as there being none.
    #[error("the secret `{name}` is unreadable: {why}")]
    Unreadable {
        /// The secret's name.
        name: String,
        /// Why it does not open.
        why: Unreadable,
    },
    /// The key file is the wrong one: it misses a key of what is stored, or opens nothing of it.
    #[error("{unreadable} of {total} stored secrets are unreadable; the first is `{name}`: {why}")]
    WrongRing {
        /// How many do not open.
        unreadable: u64,
        /// How many there are.
        total: u64,
        /// The first of them, those that miss a key before those that are damaged.
        name: String,
        /// Why it does not open.
        why: Unreadable,
    },
    /// The secret of the roles is stored, but in a form in which Rolewright never stored it.
    #[error(
        "the secret `{}` was not sealed by Rolewright: it is in an older form or has the wrong length",
        RoleSecret::KEY
    )]
    ForeignRoleSecret,
    /// The value cannot be sealed.
    #[error("the secret `{name}` cannot be sealed: {why}")]
    Seal {
        /// The secret's name.
        name: String,
        /// Why.
        why: SealError,
    },
    /// Others change this secret faster than it can be read.
    #[error("the secret `{name}` is being changed by others all the time")]
    Contended {
        /// The secret's name.
        name: String,
    },
    /// The database refused or failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl Advice for SecretError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Name(error) => error.hint(),
            Self::Unreadable { name, why } | Self::WrongRing { name, why, .. } => Some(remedy(name, why)),
            Self::ForeignRoleSecret => Some(format!(
                "find out who wrote it; then `rolewright secret delete {}` and `rolewright apply` make a new one",
                RoleSecret::KEY
            )),
            Self::Seal { .. } => Some("try again when the operating system has started fully".to_owned()),
            Self::Contended { .. } => Some("try again".to_owned()),
            Self::Database(error) => error.hint(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Name(error) => error.exit(),
            Self::Unreadable { .. } | Self::WrongRing { .. } | Self::ForeignRoleSecret => Exit::NoPermission,
            Self::Seal { .. } | Self::Contended { .. } => Exit::Failed,
            Self::Database(error) => error.exit(),
        }
    }
}

fn remedy(name: &str, why: &Unreadable) -> String {
    match why {
        Unreadable::WrongKey { id, .. } => format!(
            "mount the key file that holds key {id} and name it in `crypto.key_file` or CRYPTO_KEY_FILE, or add that \
             key as another line of the present one; only if that key is lost for good, {}",
            instead(name)
        ),
        Unreadable::Older { .. } => format!(
            "add the key it was sealed with as another line of the key file; only if that key is lost for good, {}",
            instead(name)
        ),
        Unreadable::Damaged => format!(
            "restore the row from a backup, or {}; for a copied database see `rolewright apply --moved`",
            instead(name)
        ),
        Unreadable::UnknownVersion { .. } => format!(
            "run the newest version of rolewright that has run on this database, or a later one; if none has sealed it \
             so, {}",
            instead(name)
        ),
    }
}

/// What to do about a value that nothing will ever open.
fn instead(name: &str) -> String {
    if name == RoleSecret::KEY {
        format!(
            "run `rolewright secret delete {name}` and `rolewright apply`, which makes a new one and new passwords"
        )
    } else {
        format!("replace the value with `rolewright secret set {name}`, or `rolewright secret delete {name}`")
    }
}

/// A statement that the database refused or failed: its label and SQLSTATE, never its text or its parameters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not {label}: {message}{}", sqlstate.as_ref().map(|code| format!(" (SQLSTATE {code})")).unwrap_or_default())]
pub struct DatabaseError {
    label: &'static str,
    message: String,
    sqlstate: Option<String>,
    unreachable: bool,
}

impl DatabaseError {
    pub(crate) fn new(label: &'static str, error: &DbErr) -> Self {
        let driver = match error {
            DbErr::Conn(RuntimeErr::SqlxError(driver))
            | DbErr::Exec(RuntimeErr::SqlxError(driver))
            | DbErr::Query(RuntimeErr::SqlxError(driver)) => Some(driver.as_ref()),
            _ => None,
        };
        match driver {
            Some(sqlx::Error::Database(server)) => Self {
                label,
                message: server.message().to_owned(),
                sqlstate: server.code().map(|code| code.into_owned()),
                unreachable: false,
            },
            Some(other) => Self {
                label,
                message: other.to_string(),
                sqlstate: None,
                unreachable: matches!(
                    other,
                    sqlx::Error::Io(_)
                        | sqlx::Error::Tls(_)
                        | sqlx::Error::PoolTimedOut
                        | sqlx::Error::PoolClosed
                        | sqlx::Error::WorkerCrashed
                ),
            },
            None => Self {
                label,
                message: error.to_string(),
                sqlstate: None,
                unreachable: matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)),
            },
        }
    }

    /// The server's code, where it was the server that said no.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.sqlstate.as_deref()
    }
}

impl Advice for DatabaseError {
    fn hint(&self) -> Option<String> {
        Some(match self.sqlstate() {
            Some(sqlstate::INSUFFICIENT_PRIVILEGE) => {
                "connect as the role that owns the schema `rolewright`, or make the schema and its tables that role's: \
                 `ALTER SCHEMA rolewright OWNER TO CORE_ROLE`"
                    .to_owned()
            }
            Some(sqlstate::UNDEFINED_TABLE) => "run `rolewright apply`, which makes the table".to_owned(),
            Some("25006") => "connect to the primary: this session may only read".to_owned(),
            Some(sqlstate::SERIALIZATION_FAILURE | sqlstate::DEADLOCK_DETECTED | sqlstate::LOCK_NOT_AVAILABLE) => {
                "try the transaction again".to_owned()
            }
            None if self.unreachable => {
                "see that the database is up (`rolewright doctor`), and that the core role may have as many connections at once as work for it \
                 takes (its CONNECTION LIMIT)"
                    .to_owned()
            }
            _ => return None,
        })
    }

    fn exit(&self) -> Exit {
        match self.sqlstate() {
            Some(sqlstate::INSUFFICIENT_PRIVILEGE) => Exit::NoPermission,
            Some(sqlstate::CANNOT_CONNECT_NOW | sqlstate::ADMIN_SHUTDOWN) => Exit::Unavailable,
            None if self.unreachable => Exit::Unavailable,
            _ => Exit::Failed,
        }
    }
}
