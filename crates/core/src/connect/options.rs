//! The driver's options for one host, from a connection's parameters.

use sqlx::{
    ConnectOptions,
    postgres::{PgConnectOptions, PgSslMode},
};

use crate::{
    ConnInfo, Ident,
    conninfo::{Host, SslMode},
};

/// The driver's options for one of the hosts. The driver's own `Debug` of them shows the password: never print them.
///
/// Where the parameters name no user, libpq's rule holds: `PGUSER`, else the operating system's user. A password comes
/// from the parameters only, never from `PGPASSWORD` or a password file. Statements are not logged.
///
/// `allow` is served as `prefer`, and `require` with `sslrootcert` as `verify-ca` (as libpq does): never less than asked.
/// TLS is not spoken on a unix socket.
#[must_use]
pub fn options(info: &ConnInfo, host: &Host, app: &Ident) -> PgConnectOptions {
    let mut options = PgConnectOptions::new_without_pgpass()
        .password(info.password.as_ref().map_or("", |password| password.expose()))
        .application_name(info.application_name.as_deref().unwrap_or(app.as_str()))
        .ssl_mode(ssl_mode(info, host));
    options = match host {
        Host::Tcp { name, port } => options.host(name).port(*port),
        Host::Unix { directory, port } => options.socket(directory).port(*port),
    };
    if let Some(user) = &info.user {
        options = options.username(user);
    }
    let database = info.database.clone().unwrap_or_else(|| options.get_username().to_owned());
    options = options.database(&database);
    if let Some(file) = &info.ssl_root_cert {
        options = options.ssl_root_cert(file);
    }
    if let Some(file) = &info.ssl_cert {
        options = options.ssl_client_cert(file);
    }
    if let Some(file) = &info.ssl_key {
        options = options.ssl_client_key(file);
    }
    if !info.options.is_empty() {
        options = options.options(info.options.iter().map(|(name, value)| (name, value)));
    }
    options.disable_statement_logging()
}

fn ssl_mode(info: &ConnInfo, host: &Host) -> PgSslMode {
    if matches!(host, Host::Unix { .. }) {
        return PgSslMode::Disable;
    }
    match info.ssl_mode {
        SslMode::Disable => PgSslMode::Disable,
        SslMode::Allow | SslMode::Prefer => PgSslMode::Prefer,
        SslMode::Require if info.ssl_root_cert.is_some() => PgSslMode::VerifyCa,
        SslMode::Require => PgSslMode::Require,
        SslMode::VerifyCa => PgSslMode::VerifyCa,
        SslMode::VerifyFull => PgSslMode::VerifyFull,
    }
}
