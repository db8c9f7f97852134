//! Opening a role's pool: what is needed for it, and why it may fail.

use std::{fmt, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use rolewright_core::{Advice, ConnInfo, Exit, Ident, Password, settings::PoolSettings, sqlstate};

use crate::{
    Checker, Policy,
    pool::Sessions,
    wire::{Spoken, spoken},
};

/// Gives the password that is right now, when the server refuses the one a pool has, because somebody changed it. It is
/// told the refused one, and is asked a few times as long as what it gives is refused too. Nothing means there is none.
pub type Renew = Arc<dyn Fn(Password) -> BoxFuture<'static, Option<Password>> + Send + Sync>;

/// What stands for the checker where a connection's name stands for a role: its key in the configuration.
pub(crate) const CHECKER: &str = "sandbox.checker";

/// How the connection's name begins where it is that of a tenant's own reports.
pub(crate) const TENANT: &str = "tenant:";

/// Most bytes of values of one report where nothing else is said: 256 MiB.
pub const DEFAULT_MAX_BYTES: u64 = 256 << 20;

/// Who logs in, where, and within which limits. Its `Debug` leaves out the server's options and the password.
#[derive(Clone)]
pub struct OpenRole {
    /// The connection's name in the configuration, for messages.
    pub connection: String,
    /// The server and database. Who logs in is `role`, whatever user and password stand here.
    pub server: ConnInfo,
    /// The role that logs in.
    pub role: Ident,
    /// Its password.
    pub password: Password,
    /// The schemas its unqualified names are looked up in; `pg_temp` always comes last.
    pub search_path: Vec<Ident>,
    /// How long the server may work on one report.
    pub statement_timeout: Duration,
    /// Most rows of one report.
    pub max_rows: u64,
    /// Most reports that wait for a connection; one more is refused at once.
    pub max_queue: u32,
    /// Most bytes of values of one report, in the text form; absent means [`DEFAULT_MAX_BYTES`].
    ///
    /// The server cannot be made to send less than a whole row, and a value may be 1 GB. A row that is too much still
    /// comes into the driver's buffer, which may grow to twice its size; it is not copied from there, and ends the report
    /// as truncated. A row that is taken is held there and in one copy, until it has been copied.
    pub max_bytes: Option<u64>,
    /// Where another password is had when this one is refused; absent means nowhere.
    pub renew: Option<Renew>,
    /// The pool's limits. Its `max` counts every connection of this pool, the watchdog's included.
    pub pool: PoolSettings,
}

/// Who looks at the texts of a role's reports, and against what. No pool is opened without one.
#[derive(Clone, Debug)]
pub struct Check {
    /// The checker, which parses them.
    pub checker: Checker,
    /// What the role's reports may read and call.
    pub policy: Policy,
}

impl OpenRole {
    /// Logs in once, and closes the connection again: whether it can.
    ///
    /// # Errors
    /// When the role cannot log in, or the session acts as someone else.
    pub async fn try_login(&self) -> Result<(), OpenError> {
        Sessions::open(self).await?.close().await;
        Ok(())
    }
}

impl fmt::Debug for OpenRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenRole")
            .field("connection", &self.connection)
            .field("role", &self.role)
            .field("search_path", &self.search_path)
            .field("statement_timeout", &self.statement_timeout)
            .field("max_rows", &self.max_rows)
            .field("max_bytes", &self.max_bytes)
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}

/// Why a role could not log in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot open the connection `{connection}` as the role `{role}`: {why}")]
pub struct OpenError {
    /// The connection's name in the configuration.
    pub connection: String,
    /// The role that tried to log in.
    pub role: Ident,
    /// What stood in the way.
    pub why: Why,
}

/// What stood in the way of a login.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The password is not the role's, or there is no such role (28P01).
    #[error("the server refuses its password")]
    Password,
    /// `pg_hba.conf` has no line for it, or it may not log in (28000).
    #[error("the server does not admit it: {0}")]
    NotAdmitted(String),
    /// The server's, the database's or the role's connection limit is reached (53300).
    #[error("the connection limit is reached: {0}")]
    ConnectionLimit(String),
    /// It may not connect to this database (42501), or there is no such database (3D000).
    #[error("the database is closed to it: {0}")]
    Database(String),
    /// The server is starting up, shutting down or recovering (57P03).
    #[error("the server is not ready: {0}")]
    NotReady(String),
    /// Nobody answers, or TLS fails.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The session is somebody else than who logged in.
    #[error("the session acts as `{0}` instead")]
    SomeoneElse(String),
    /// Anything else the server says.
    #[error("{message} ({sqlstate})")]
    Server {
        /// The SQLSTATE.
        sqlstate: String,
        /// The server's message.
        message: String,
    },
}

impl OpenError {
    /// Whether the password was refused: worth reading the secret again, and one more try.
    #[must_use]
    pub fn is_password(&self) -> bool {
        self.why == Why::Password
    }

    pub(crate) fn new(open: &OpenRole, why: Why) -> Self {
        Self { connection: open.connection.clone(), role: open.role.clone(), why }
    }
}

impl Why {
    /// Sorts what the driver says of a login attempt.
    pub(crate) fn of_driver(error: &tokio_postgres::Error) -> Self {
        match spoken(error) {
            Spoken::Refused(said) | Spoken::Ended(said) => {
                let message = said.message().to_owned();
                match said.code().code() {
                    sqlstate::INVALID_PASSWORD => Self::Password,
                    sqlstate::INVALID_AUTHORIZATION => Self::NotAdmitted(message),
                    sqlstate::TOO_MANY_CONNECTIONS => Self::ConnectionLimit(message),
                    sqlstate::INVALID_CATALOG_NAME | sqlstate::INSUFFICIENT_PRIVILEGE => {
                        Self::Database(message)
                    }
                    sqlstate::CANNOT_CONNECT_NOW | sqlstate::ADMIN_SHUTDOWN => Self::NotReady(message),
                    code => Self::Server { sqlstate: code.to_owned(), message },
                }
            }
            Spoken::Silent(cause) => Self::Unreachable(cause),
        }
    }
}

impl Advice for OpenError {
    fn hint(&self) -> Option<String> {
        let role = &self.role;
        if let Some(tenant) = self.connection.strip_prefix(TENANT) {
            match &self.why {
                Why::Password | Why::SomeoneElse(_) => {
                    return Some(format!("run `rolewright tenant upgrade {tenant}`, which mends its login"));
                }
                Why::ConnectionLimit(_) => {
                    return Some("lower `tenancy.reports.per_tenant`, or raise `database.replicas` to the number of processes".to_owned());
                }
                _ => {}
            }
        }
        Some(match &self.why {
            Why::Password => {
                "run `rolewright apply`, which sets the role's password again, or tells who must".to_owned()
            }
            Why::NotAdmitted(_) => format!(
                "admit it in pg_hba.conf (`host all {role} ADDRESS scram-sha-256`), and see `rolewright doctor`"
            ),
            // How many connections it may have follows from the number of processes.
            Why::ConnectionLimit(_) if self.connection == CHECKER => {
                "raise `database.replicas` to the number of processes, and run `rolewright apply`".to_owned()
            }
            Why::ConnectionLimit(_) => {
                format!("lower `max_connections` or the pool's `max` of [roles.{}]", self.connection)
            }
            Why::Database(_) => "run `rolewright apply`, which grants CONNECT on the database".to_owned(),
            Why::NotReady(_) | Why::Unreachable(_) => {
                "`rolewright doctor` tries the server step by step".to_owned()
            }
            Why::SomeoneElse(_) => {
                format!("run `ALTER ROLE {} RESET role;`, or `rolewright apply`", role.quoted())
            }
            Why::Server { .. } => "`rolewright doctor` tries the login step by step".to_owned(),
        })
    }

    fn exit(&self) -> Exit {
        match self.why {
            Why::Password | Why::NotAdmitted(_) | Why::Database(_) | Why::SomeoneElse(_) => {
                Exit::NoPermission
            }
            _ => Exit::Unavailable,
        }
    }
}
