//! A connection's parameters, as libpq names them (PostgreSQL manual, 34.1 "Database Connection Control Functions"),
//! and the URL that carries them.

use std::{path::PathBuf, time::Duration};

use crate::Password;

mod authority;
mod error;
mod escape;
mod hosts;
mod options;
mod overrides;
mod parameters;
mod parse;
mod query;
mod url;
mod words;

pub use error::UrlError;
pub use overrides::{PoolError, PoolOverrides};

/// The port PostgreSQL listens on unless told otherwise.
pub const DEFAULT_PORT: u16 = 5432;

/// Where and as whom to connect. Its `Debug` shows the password as `***`.
///
/// A missing user or password is absent, never the empty string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnInfo {
    /// The servers to try, in order; at least one.
    pub hosts: Vec<Host>,
    /// The role to log in as; absent means the operating system's user, as with libpq.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<Password>,
    /// The database; absent means the user's name, as with libpq.
    pub database: Option<String>,
    /// Which of several hosts will do.
    pub target_session_attrs: TargetSessionAttrs,
    /// How much TLS is asked for.
    pub ssl_mode: SslMode,
    /// The file of root certificates the server's is checked against.
    pub ssl_root_cert: Option<PathBuf>,
    /// The client's certificate.
    pub ssl_cert: Option<PathBuf>,
    /// The client's key.
    pub ssl_key: Option<PathBuf>,
    /// `application_name`; absent means the application's own.
    pub application_name: Option<String>,
    /// Settings of the session (`options=-c name=value`).
    pub options: Vec<(String, String)>,
    /// How long one connection attempt may take.
    pub connect_timeout: Option<Duration>,
}

/// One server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A host name or address (IPv6 without brackets), and its port.
    Tcp {
        /// Name or address.
        name: String,
        /// Port.
        port: u16,
    },
    /// The directory of a unix socket, and the port that is part of the socket's file name.
    Unix {
        /// The directory.
        directory: PathBuf,
        /// The port.
        port: u16,
    },
}

/// `target_session_attrs`: which server of several will do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TargetSessionAttrs {
    /// Any that answers.
    #[default]
    Any,
    /// One that accepts writes.
    ReadWrite,
    /// One that does not.
    ReadOnly,
    /// One that is not in recovery.
    Primary,
    /// One in recovery.
    Standby,
    /// A standby if there is one, else any.
    PreferStandby,
}

/// `sslmode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SslMode {
    /// Never TLS.
    Disable,
    /// TLS only where the server insists.
    Allow,
    /// TLS where the server offers it.
    #[default]
    Prefer,
    /// TLS, whoever the server is.
    Require,
    /// TLS, and the certificate is signed by a known root.
    VerifyCa,
    /// TLS, and the certificate is also for this host.
    VerifyFull,
}
