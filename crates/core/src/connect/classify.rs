//! From the driver's error to the reason, for the plain connection and for the pools of managed roles.

use std::io::{self, ErrorKind};

use sqlx::postgres::PgDatabaseError;

use super::{ConnectError, ConnectionLimit};
use crate::{conninfo::Host, sqlstate};

/// Where a connection was to go, and as whom; what the messages name.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The server.
    pub host: &'a Host,
    /// The role.
    pub user: &'a str,
    /// The database.
    pub database: &'a str,
}

impl ConnectError {
    /// Tells what the driver's error means.
    ///
    /// SQLSTATE decides, and where PostgreSQL uses one code for several reasons, the function of the server that
    /// reported it: the words are translated on servers whose `lc_messages` is not English.
    #[must_use]
    pub fn classify(error: &sqlx::Error, target: Target<'_>) -> Self {
        let host = target.host.clone();
        match error {
            sqlx::Error::Database(error) => match error.try_downcast_ref::<PgDatabaseError>() {
                Some(error) => refusal(error, target),
                None => Self::Driver { host, cause: "an unknown kind of refusal".to_owned() },
            },
            sqlx::Error::Io(error) => broken(error, host),
            sqlx::Error::Tls(error) => Self::Tls { host, cause: error.to_string() },
            sqlx::Error::Protocol(_) => Self::NotPostgres { host },
            sqlx::Error::PoolTimedOut => Self::Timeout { host, after: super::ATTEMPT },
            // Other variants may quote what was handed to the driver.
            _ => Self::Driver { host, cause: "the driver could not set the connection up".to_owned() },
        }
    }
}

fn broken(error: &io::Error, host: Host) -> ConnectError {
    let unix = matches!(host, Host::Unix { .. });
    match error.kind() {
        ErrorKind::ConnectionRefused => ConnectError::Refused { host },
        ErrorKind::NotFound if unix => ConnectError::Refused { host },
        ErrorKind::PermissionDenied if unix => ConnectError::SocketPermission { host },
        ErrorKind::TimedOut => ConnectError::Timeout { host, after: super::ATTEMPT },
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            ConnectError::Unreachable { host }
        }
        ErrorKind::UnexpectedEof
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected => ConnectError::Dropped { host },
        // The resolver's failures have no kind of their own.
        _ if error.to_string().contains("lookup address") => ConnectError::HostNotFound { host },
        ErrorKind::InvalidData => ConnectError::Tls { host, cause: error.to_string() },
        kind => ConnectError::Driver { host, cause: kind.to_string() },
    }
}

fn refusal(error: &PgDatabaseError, target: Target<'_>) -> ConnectError {
    let host = target.host.clone();
    let user = target.user.to_owned();
    let database = target.database.to_owned();
    let routine = error.routine().unwrap_or_default();
    match error.code() {
        sqlstate::INVALID_PASSWORD => ConnectError::WrongPassword { host, user },
        sqlstate::INVALID_AUTHORIZATION => match routine {
            "ClientAuthentication" => ConnectError::NoHbaEntry { host, user, database },
            "auth_failed" => ConnectError::NotAuthenticated { host, user },
            _ => ConnectError::MayNotLogIn { host, user },
        },
        sqlstate::INVALID_CATALOG_NAME => ConnectError::NoDatabase { host, database },
        // CONNECT is missing, or (55000) the database takes no connections.
        sqlstate::INSUFFICIENT_PRIVILEGE | "55000" => ConnectError::MayNotConnect { host, user, database },
        sqlstate::TOO_MANY_CONNECTIONS => {
            let limit = match routine {
                "InitializeSessionUserId" => ConnectionLimit::Role,
                "CheckMyDatabase" => ConnectionLimit::Database,
                _ => ConnectionLimit::Server,
            };
            ConnectError::TooMany { host, user, limit }
        }
        // One code and one function for both; the words are the only difference.
        sqlstate::CANNOT_CONNECT_NOW if error.message().contains("shutting down") => {
            ConnectError::ShuttingDown { host }
        }
        sqlstate::CANNOT_CONNECT_NOW => ConnectError::StartingUp { host },
        // Of one session or of all: the server says the same.
        sqlstate::ADMIN_SHUTDOWN => ConnectError::Ended { host },
        "57P02" => ConnectError::ShuttingDown { host },
        sqlstate => ConnectError::Other { host, sqlstate: sqlstate.to_owned() },
    }
}
