//! The driver's configuration, from a connection's parameters and the settings its session begins with.

use rolewright_core::{
    ConnInfo, Ident, Password,
    conninfo::{Host, SslMode, TargetSessionAttrs},
};
use tokio_postgres::{Config, config};

/// The configuration of one role's logins. `settings` travel in the startup packet.
pub(crate) fn config(
    server: &ConnInfo,
    role: &Ident,
    password: &Password,
    settings: &[(&'static str, String)],
) -> Config {
    let mut config = Config::new();
    config.user(role.as_str()).password(password.expose());
    if let Some(database) = server.database.as_ref().or(server.user.as_ref()) {
        config.dbname(database);
    }
    if let Some(name) = &server.application_name {
        config.application_name(name);
    }
    for host in &server.hosts {
        match host {
            Host::Tcp { name, port } => config.host(name).port(*port),
            Host::Unix { directory, port } => config.host_path(directory).port(*port),
        };
    }
    let plain = server.hosts.iter().all(|host| matches!(host, Host::Unix { .. }));
    config.ssl_mode(if plain { config::SslMode::Disable } else { ssl_mode(server.ssl_mode) });
    config.target_session_attrs(match server.target_session_attrs {
        TargetSessionAttrs::ReadWrite | TargetSessionAttrs::Primary => config::TargetSessionAttrs::ReadWrite,
        TargetSessionAttrs::ReadOnly | TargetSessionAttrs::Standby => config::TargetSessionAttrs::ReadOnly,
        TargetSessionAttrs::Any | TargetSessionAttrs::PreferStandby => config::TargetSessionAttrs::Any,
    });
    if let Some(timeout) = server.connect_timeout {
        config.connect_timeout(timeout);
    }
    let mut options: String = settings.iter().map(|(name, value)| option(name, value)).collect();
    options.extend(server.options.iter().map(|(name, value)| option(name, value)));
    config.options(options.trim_end());
    config
}

/// `allow` is served as `prefer`; what is verified of the certificate is the business of [`super::tls`].
fn ssl_mode(mode: SslMode) -> config::SslMode {
    match mode {
        SslMode::Disable => config::SslMode::Disable,
        SslMode::Allow | SslMode::Prefer => config::SslMode::Prefer,
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => config::SslMode::Require,
    }
}

/// `-c name=value`, white space and backslashes of the value with a backslash before them.
fn option(name: &str, value: &str) -> String {
    let mut text = format!("-c {name}=");
    for c in value.chars() {
        if c.is_whitespace() || c == '\\' {
            text.push('\\');
        }
        text.push(c);
    }
    text.push(' ');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_and_the_role_is_the_one_that_logs_in() {
        let (server, _) = ConnInfo::parse("postgres://core:secret@h1:1,h2:2/d?sslmode=verify-full").unwrap();
        let role = Ident::new("reader").unwrap();
        let config = config(&server, &role, &Password::new("p"), &[("a", r"b c\d".to_owned())]);
        assert_eq!(config.get_user(), Some("reader"));
        assert_eq!(config.get_password(), Some(&b"p"[..]));
        assert_eq!(config.get_options(), Some(r"-c a=b\ c\\d"));
        assert_eq!(config.get_ports(), [1, 2]);
        assert_eq!(config.get_ssl_mode(), config::SslMode::Require);
        assert_eq!(config.get_dbname(), Some("d"));
    }
}
