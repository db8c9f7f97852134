//! Why a look, a plan or an apply gave up: the cause, the statement's label and SQLSTATE, and the way out.

use rolewright_core::{Advice, Exit, secret::Unkept, sqlstate};

use crate::{Refusal, Violation, plan::UNKNOWN_PASSWORD};

/// The kinds of refusals that statements about a role, and nothing else, end.
const BY_HAND: [&str; 5] =
    ["attribute", "membership", "missing-admin", "missing-createrole", UNKNOWN_PASSWORD];

/// What is said where the pool has nothing to give.
const NONE_FREE: &str = "no connection became free in time";

/// Why provisioning changed nothing. Whatever the error, the transaction is rolled back, except that with
/// [`Broken`](Self::Broken) rights may have been taken away.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// Something stands in the way that only an administrator, or the configuration, can remove.
    #[error("{}", summary(.0))]
    Refused(Vec<Refusal>),
    /// A managed role can do, by rights it has from elsewhere, what it must not.
    #[error("{}", broken(.0))]
    Broken(Vec<Violation>),
    /// Another process held the provisioning lock for too long.
    #[error("the provisioning lock is held by {holder}, waited {} ms", .waited.as_millis())]
    Busy {
        /// Who holds it: process id, role and application name.
        holder: String,
        /// How long we waited.
        waited: std::time::Duration,
    },
    /// Other sessions kept changing the same catalog rows.
    #[error("gave up after {attempts} attempts: {label} failed with {code}")]
    Contended {
        /// How often it was tried.
        attempts: u32,
        /// The statement's label, the last time.
        label: String,
        /// SQLSTATE, the last time.
        code: String,
    },
    /// A statement failed.
    #[error("{label} failed with {code}: {message}")]
    Statement {
        /// The statement's label.
        label: String,
        /// SQLSTATE.
        code: String,
        /// The server's primary message.
        message: String,
    },
    /// The connection failed.
    #[error("{label} failed: {message}")]
    Connection {
        /// What was being done.
        label: String,
        /// What the driver said.
        message: String,
    },
    /// The tables of this crate are missing.
    #[error("the tables of schema rolewright are missing or incomplete")]
    NotMigrated,
    /// The catalogs' document could not be understood.
    #[error("the server's answer to {label} could not be understood")]
    Answer {
        /// What was asked.
        label: String,
        /// What was wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The secret behind the passwords cannot be read or replaced.
    #[error("{0}")]
    Secret(Unkept),
    /// A verifier without the shape PostgreSQL stores; sending it would make it a clear password.
    #[error("the password verifier of role {0} is malformed and was not sent")]
    Verifier(String),
}

impl Advice for ProvisionError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Refused(refusals) => first_fix(refusals),
            Self::Broken(violations) => {
                violations.iter().find(|one| one.is_excess()).map(|violation| violation.fix.clone())
            }
            Self::Busy { .. } => {
                Some("wait for that process, end it, or raise start.lock_timeout".to_owned())
            }
            Self::Contended { .. } => Some("run `rolewright apply` again".to_owned()),
            Self::Statement { code, .. } if code == sqlstate::INSUFFICIENT_PRIVILEGE => {
                Some("run `rolewright doctor`, which names the right that is missing".to_owned())
            }
            Self::NotMigrated => Some("run `rolewright apply`, or set migrate.on_start = true".to_owned()),
            Self::Statement { code, .. } if code == sqlstate::READ_ONLY => Some(
                "SHOW default_transaction_read_only: where it is on, ALTER DATABASE … or ALTER ROLE … RESET default_transaction_read_only"
                    .to_owned(),
            ),
            Self::Statement { .. } | Self::Connection { .. } => Some("run `rolewright doctor`".to_owned()),
            Self::Secret(error) => error.hint(),
            Self::Answer { .. } | Self::Verifier(_) => None,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Refused(_) => Exit::NoPermission,
            Self::Broken(_) => Exit::Broken,
            Self::Secret(error) => error.exit(),
            Self::Statement { code, .. } if code == sqlstate::INSUFFICIENT_PRIVILEGE => Exit::NoPermission,
            Self::Connection { .. } | Self::Busy { .. } | Self::Contended { .. } => Exit::Unavailable,
            _ => Exit::Failed,
        }
    }
}

impl ProvisionError {
    /// Whether no further connection was to be had: the server's, the role's, or the pool's are all taken.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        match self {
            Self::Statement { code, .. } => code == sqlstate::TOO_MANY_CONNECTIONS,
            Self::Connection { message, .. } => message == NONE_FREE,
            _ => false,
        }
    }

    /// A driver's error under the label of what was sent.
    pub(crate) fn sql(label: &str, error: &sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(database) => Self::Statement {
                label: label.to_owned(),
                code: database.code().map(String::from).unwrap_or_default(),
                // A syntax error quotes the text near it, which might be a verifier.
                message: if database.code().as_deref() == Some("42601") {
                    "syntax error".to_owned()
                } else {
                    database.message().to_owned()
                },
            },
            None => Self::Connection { label: label.to_owned(), message: driver_message(error) },
        }
    }
}

/// The driver's words, but for configuration errors, which may quote a URL.
fn driver_message(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Configuration(_) => "the connection's configuration was refused".to_owned(),
        sqlx::Error::PoolTimedOut => NONE_FREE.to_owned(),
        other => other.to_string(),
    }
}

fn summary(refusals: &[Refusal]) -> String {
    let first = refusals.first().map_or("refused", |refusal| refusal.message.as_str());
    match refusals.len() {
        0 | 1 => first.to_owned(),
        more => format!("{first} (and {} more)", more - 1),
    }
}

/// The first one's remedy; what an administrator runs for the same role is told at once.
fn first_fix(refusals: &[Refusal]) -> Option<String> {
    let first = refusals.first()?;
    let by_hand = |one: &&Refusal| one.role.is_some() && BY_HAND.contains(&one.kind.as_str());
    if !by_hand(&first) {
        return Some(first.fix.clone());
    }
    let alike = refusals.iter().filter(|one| one.role == first.role).filter(by_hand);
    Some(alike.map(|one| one.fix.as_str()).collect::<Vec<_>>().join("; "))
}

fn broken(violations: &[Violation]) -> String {
    let mut excess = violations.iter().filter(|one| one.is_excess());
    let first = excess.next().map_or_else(|| "a role breaks its promise".to_owned(), Violation::message);
    match excess.count() {
        0 => first,
        more => format!("{first} (and {more} more)"),
    }
}
