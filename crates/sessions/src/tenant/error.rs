//! Why a tenant's work was refused, or did not come to its end.

use std::time::Duration;

use rolewright_core::{Advice, Exit, Ident, TenantId, tenant::NameError};

use super::Unavailable;
use crate::{QueryError, acting::Trouble};

/// Why a tenant's transaction did not happen. Nothing of it is in the database, but for [`Lost`](Self::Lost) and what its
/// own SQL committed by hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TenantError {
    /// The id is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// No module is configured, and so no tenants.
    #[error("no module is configured, so there are no tenants")]
    NoModule,
    /// The tenant is not there, or not to be worked for.
    #[error("the tenant `{tenant}` cannot be used: {why}")]
    Unavailable {
        /// The tenant.
        tenant: TenantId,
        /// Why.
        why: Unavailable,
    },
    /// A transaction of another tenant is open around this one; or of this one, and the nested one asks for an access mode or isolation
    /// level of its own, which a savepoint cannot have.
    #[error("a transaction of the tenant `{asked}` was asked for inside one of `{inside}`")]
    Inside {
        /// Whose transaction is open.
        inside: TenantId,
        /// Who was asked for.
        asked: TenantId,
    },
    /// The transaction that was asked for inside one of this tenant cannot be nested there, or its end failed.
    #[error("the nested transaction of the tenant `{tenant}` was refused: {message}")]
    Nested {
        /// The tenant.
        tenant: TenantId,
        /// Why.
        message: String,
    },
    /// The tenant has as many transactions in flight as it may.
    #[error("the tenant `{tenant}` has {limit} transactions in flight, and none ended within {waited:?}")]
    Busy {
        /// The tenant.
        tenant: TenantId,
        /// How many it may have.
        limit: u32,
        /// How long was waited.
        waited: Duration,
    },
    /// Every connection is taken.
    #[error("all {max} connections are taken, and none came free within {waited:?}")]
    Full {
        /// How many there are.
        max: u32,
        /// How long was waited.
        waited: Duration,
    },
    /// Tenants have no reports of their own.
    #[error("tenants have no reports of their own")]
    NoReports,
    /// Every connection for tenants' reports is taken.
    #[error("all {max} connections for tenants' reports are taken, and none came free within {waited:?}")]
    ReportsFull {
        /// How many there are.
        max: u32,
        /// How long was waited.
        waited: Duration,
    },
    /// The module cannot log in.
    #[error("cannot log in as `{login}`: {why}")]
    Login {
        /// The role.
        login: Ident,
        /// What stood in the way.
        why: String,
    },
    /// The server refuses to begin as the tenant.
    #[error("cannot begin as the tenant `{tenant}`: {message} ({sqlstate})")]
    Begin {
        /// The tenant.
        tenant: TenantId,
        /// The SQLSTATE.
        sqlstate: String,
        /// The server's message.
        message: String,
    },
    /// At its end the transaction was no longer the tenant's: its role, search path or the transaction itself was changed.
    #[error(
        "the transaction of `{0}` was rolled back: it ended as somebody else, or somewhere else, than it began"
    )]
    Tampered(TenantId),
    /// A statement had failed, and the work went on as if it had not.
    #[error("the transaction of `{0}` was rolled back: a statement in it had failed")]
    Aborted(TenantId),
    /// The server refused to commit.
    #[error("the transaction of `{tenant}` was rolled back at its end: {message} ({sqlstate})")]
    Commit {
        /// The tenant.
        tenant: TenantId,
        /// The SQLSTATE.
        sqlstate: String,
        /// The server's message.
        message: String,
    },
    /// The connection went while committing, so that nobody knows whether it was committed.
    #[error("the connection was lost while committing for `{0}`: it may have been committed, or not")]
    Lost(TenantId),
    /// The pool is closed.
    #[error("the tenants' pool is closed")]
    Closed,
}

/// Why a tenant's own report gave no result. No other role runs it then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TenantQueryError {
    /// The tenant is not to be worked for, or has no login for reports.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// The report was refused, or failed.
    #[error(transparent)]
    Query(#[from] QueryError),
}

impl Advice for TenantQueryError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Tenant(error) => error.hint(),
            Self::Query(error) => error.hint(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Tenant(error) => error.exit(),
            Self::Query(error) => error.exit(),
        }
    }
}

/// How a transaction ended that was not committed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransactionError<E> {
    /// It did not begin, or was not committed.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// The work itself gave up, and it was rolled back.
    #[error("{0}")]
    Work(E),
}

impl TenantError {
    /// What stood in this tenant's way.
    pub(super) fn of(trouble: Trouble, tenant: &TenantId) -> Self {
        let tenant = tenant.clone();
        match trouble {
            Trouble::Inside { inside } => match TenantId::new(&inside) {
                Ok(inside) => Self::Inside { inside, asked: tenant },
                Err(_) => {
                    Self::Nested { tenant, message: format!("it was asked for inside one of {inside}") }
                }
            },
            Trouble::Nested(message) => Self::Nested { tenant, message },
            Trouble::Busy { limit, waited } => Self::Busy { tenant, limit, waited },
            Trouble::Full { max, waited } => Self::Full { max, waited },
            Trouble::Login { login, why } => Self::Login { login, why },
            Trouble::Begin { sqlstate, message } => Self::Begin { tenant, sqlstate, message },
            Trouble::Tampered => Self::Tampered(tenant),
            Trouble::Aborted => Self::Aborted(tenant),
            Trouble::Commit { sqlstate, message } => Self::Commit { tenant, sqlstate, message },
            Trouble::Lost => Self::Lost(tenant),
            Trouble::Closed => Self::Closed,
        }
    }
}

impl Advice for TenantError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Name(error) => return error.hint(),
            Self::NoModule => "set `tenancy.module` to the module's name".to_owned(),
            Self::Unavailable { tenant, why } => match why {
                Unavailable::Unknown => format!(
                    "`rolewright tenant add {tenant}` adds it; `rolewright tenant list` shows those there are"
                ),
                Unavailable::Unfinished(_) => {
                    format!("`rolewright tenant add {tenant}` goes on where it stopped")
                }
                Unavailable::Disabled => format!("`rolewright tenant enable {tenant}` enables it"),
                Unavailable::Purged => format!("`rolewright tenant add {tenant}` makes it anew, empty"),
                Unavailable::Unread(_) => "`rolewright doctor` tries the server step by step".to_owned(),
            },
            Self::Inside { .. } => {
                "end the one before the other begins: one transaction is one tenant's, of one access mode"
                    .to_owned()
            }
            Self::Nested { .. } => {
                "what is nested in one transaction runs one after another: end one before the next begins"
                    .to_owned()
            }
            Self::Busy { .. } => "raise `tenancy.max_in_flight`, or shorten the transactions".to_owned(),
            Self::Full { .. } => "raise `tenancy.pool.max`, or shorten the transactions".to_owned(),
            Self::NoReports => {
                "set `tenancy.reports.max_connections`, and run `rolewright apply` and `rolewright tenant upgrade`".to_owned()
            }
            Self::ReportsFull { .. } => {
                "raise `tenancy.reports.max_connections`, or shorten the reports".to_owned()
            }
            Self::Login { .. } => {
                "run `rolewright apply`; `rolewright doctor` tries the login step by step".to_owned()
            }
            Self::Begin { tenant, .. } => {
                format!("`rolewright tenant show {tenant}` tells what is wrong with its role")
            }
            Self::Tampered(_) => {
                "do not end the transaction, or change role and search_path, in SQL: return Ok to commit"
                    .to_owned()
            }
            Self::Aborted(_) => {
                "return the error of a statement that fails, or try it in a nested transaction".to_owned()
            }
            Self::Commit { .. } => {
                "the cause is in the message; 40001 and 40P01 are worth another try".to_owned()
            }
            Self::Lost(_) => "look before it is done again".to_owned(),
            Self::Closed => "the process is shutting down".to_owned(),
        })
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Name(error) => error.exit(),
            Self::NoModule | Self::NoReports => Exit::Config,
            Self::Unavailable { why: Unavailable::Unread(_), .. }
            | Self::Busy { .. }
            | Self::Full { .. }
            | Self::ReportsFull { .. }
            | Self::Login { .. }
            | Self::Lost(_)
            | Self::Closed => Exit::Unavailable,
            Self::Unavailable { .. } | Self::Inside { .. } | Self::Tampered(_) => Exit::Refused,
            Self::Nested { .. } | Self::Begin { .. } | Self::Aborted(_) | Self::Commit { .. } => {
                Exit::DatabaseFailed
            }
        }
    }
}
