//! Why a connection failed, each reason in its own words.

use std::{io, path::PathBuf, time::Duration};

use crate::{
    Advice, Exit,
    conninfo::{Host, TargetSessionAttrs},
};

/// Whose limit of connections is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionLimit {
    /// `max_connections` of the server, or what of it is left for ordinary roles.
    Server,
    /// `CONNECTION LIMIT` of the database.
    Database,
    /// `CONNECTION LIMIT` of the role.
    Role,
}

/// Why a connection failed. Never carries a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the host, the role and the database that the messages name")]
pub enum ConnectError {
    /// Nothing listens there.
    #[error("nothing accepts connections at {host}")]
    Refused { host: Host },
    /// The name is not known.
    #[error("the host of {host} is not known")]
    HostNotFound { host: Host },
    /// There is no way there.
    #[error("there is no route to {host}")]
    Unreachable { host: Host },
    /// No answer came in time.
    #[error("no answer from {host} within {} ms", after.as_millis())]
    Timeout { host: Host, after: Duration },
    /// The socket may not be opened by this operating system's user.
    #[error("the unix socket {host} may not be opened by this process")]
    SocketPermission { host: Host },
    /// The connection ended while it was being set up.
    #[error("{host} closed the connection while it was being set up")]
    Dropped { host: Host },
    /// What answers is not PostgreSQL.
    #[error("what answers at {host} does not speak PostgreSQL's protocol")]
    NotPostgres { host: Host },
    /// The password is wrong, or the role does not exist.
    #[error("the password for role `{user}` was not accepted at {host}")]
    WrongPassword { host: Host, user: String },
    /// Peer, ident, certificate or another method without a password refused the role.
    #[error("{host} did not accept this process as role `{user}`")]
    NotAuthenticated { host: Host, user: String },
    /// The server's `pg_hba.conf` has no line for us.
    #[error("pg_hba.conf at {host} lets nobody in as role `{user}` to database `{database}` from here")]
    NoHbaEntry { host: Host, user: String, database: String },
    /// The role has NOLOGIN, or does not exist.
    #[error("role `{user}` may not log in at {host}, or does not exist")]
    MayNotLogIn { host: Host, user: String },
    /// The database is not there.
    #[error("there is no database `{database}` at {host}")]
    NoDatabase { host: Host, database: String },
    /// The role lacks CONNECT, or the database takes no connections.
    #[error("role `{user}` may not connect to database `{database}` at {host}")]
    MayNotConnect { host: Host, user: String, database: String },
    /// All connections are taken.
    #[error("all connections that role `{user}` can have at {host} are taken")]
    TooMany { host: Host, user: String, limit: ConnectionLimit },
    /// The server is not ready yet.
    #[error("the server at {host} is starting up")]
    StartingUp { host: Host },
    /// The server is going away.
    #[error("the server at {host} is shutting down")]
    ShuttingDown { host: Host },
    /// The session was ended while it was being set up: by somebody, or as the server goes away.
    #[error(
        "the session was ended by the server at {host} while it was being set up, as an administrator asked for"
    )]
    Ended { host: Host },
    /// TLS was asked for and could not be had.
    #[error("TLS with {host} failed: {cause}")]
    Tls { host: Host, cause: String },
    /// A certificate or key file cannot be read.
    #[error("the file of `{parameter}`, {}, cannot be read: {kind}", file.display())]
    TlsFile { parameter: &'static str, file: PathBuf, kind: io::ErrorKind },
    /// Hosts answer, and none is of the kind that is asked for.
    #[error("none of {hosts} hosts is `{wanted}`")]
    NoFittingHost { wanted: TargetSessionAttrs, hosts: usize },
    /// The server refused for a reason that has no words here.
    #[error("{host} refused the connection (SQLSTATE {sqlstate})")]
    Other { host: Host, sqlstate: String },
    /// The driver failed.
    #[error("the connection to {host} failed: {cause}")]
    Driver { host: Host, cause: String },
}

impl ConnectError {
    /// Whether the next host of several may do better; a refused login would be refused there too.
    pub(super) fn next_host(&self) -> bool {
        matches!(self.exit(), Exit::Unavailable)
            && !matches!(self, Self::NoDatabase { .. } | Self::TlsFile { .. })
    }
}

impl Advice for ConnectError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Refused { .. } => {
                "start PostgreSQL, or correct host and port in DATABASE_URL (`database.host`, `database.port`)".into()
            }
            Self::HostNotFound { .. } => "correct the host in DATABASE_URL (`database.host`)".into(),
            Self::Unreachable { .. } | Self::Timeout { .. } => {
                "check that a firewall lets this machine reach the host and port of DATABASE_URL (`database.host`, \
                 `database.port`); `connect_timeout` shortens the wait"
                    .into()
            }
            Self::SocketPermission { .. } => {
                "run as a user of the socket's group, or give a TCP host in DATABASE_URL (`database.host`)".into()
            }
            Self::Dropped { .. } => "read the server's log; it may have crashed or be behind a proxy".into(),
            Self::NotPostgres { .. } => "correct the port in DATABASE_URL (`database.port`)".into(),
            Self::WrongPassword { user, .. } => format!(
                "correct the password in DATABASE_URL (`database.password`, `database.password_file`); set one with \
                 `\\password {user}` in psql"
            ),
            Self::NotAuthenticated { .. } => {
                "correct the user in DATABASE_URL (`database.username`), or the method in pg_hba.conf".into()
            }
            Self::NoHbaEntry { user, database, .. } => format!(
                "add a line such as `host {database} {user} samenet scram-sha-256` to pg_hba.conf and reload; if only \
                 `hostssl` lines fit, set `sslmode=require`"
            ),
            Self::MayNotLogIn { user, .. } => format!(
                "as an administrator: `ALTER ROLE {} LOGIN`, or correct the user in DATABASE_URL \
                 (`database.username`)",
                quoted(user)
            ),
            Self::NoDatabase { database, .. } => format!(
                "correct the database in DATABASE_URL (`database.name`), or as an administrator: `CREATE DATABASE {}`",
                quoted(database)
            ),
            Self::MayNotConnect { user, database, .. } => format!(
                "as the owner of the database: `GRANT CONNECT ON DATABASE {} TO {}`",
                quoted(database),
                quoted(user)
            ),
            Self::TooMany { limit: ConnectionLimit::Server, .. } => {
                "lower `database.pool.max` and `roles.NAME.pool.max`, or raise `max_connections` on the server".into()
            }
            Self::TooMany { limit: ConnectionLimit::Database, .. } => {
                "raise the database's limit: `ALTER DATABASE … CONNECTION LIMIT`".into()
            }
            Self::TooMany { user, limit: ConnectionLimit::Role, .. } => format!(
                "raise the limit of role {} (`roles.NAME.max_connections` for a managed one), or lower its pool's `max`",
                quoted(user)
            ),
            Self::StartingUp { .. } => "wait until the server is ready, then start again".into(),
            Self::ShuttingDown { .. } => "start PostgreSQL again".into(),
            Self::Ended { .. } => {
                "try again; where it stays so, look for who ends sessions there (pg_terminate_backend), or whether the server is being stopped"
                    .into()
            }
            Self::Tls { .. } => "check `sslmode` and `sslrootcert` in DATABASE_URL (`database.ssl_mode`, \
                                 `database.ssl_root_cert`) against the server's certificate"
                .into(),
            Self::TlsFile { parameter, .. } => format!("correct `{parameter}`, or make the file readable"),
            Self::NoFittingHost { .. } => {
                "correct `target_session_attrs`, or add the right server to the hosts of DATABASE_URL".into()
            }
            Self::Other { .. } | Self::Driver { .. } => "read the server's log at that time".into(),
        })
    }

    fn exit(&self) -> Exit {
        match self {
            Self::WrongPassword { .. }
            | Self::NotAuthenticated { .. }
            | Self::NoHbaEntry { .. }
            | Self::MayNotLogIn { .. }
            | Self::MayNotConnect { .. } => Exit::NoPermission,
            Self::TlsFile { .. } => Exit::Config,
            _ => Exit::Unavailable,
        }
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
