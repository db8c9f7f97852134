//! Reads a connection URL.

use std::{path::PathBuf, time::Duration};

use super::{
    ConnInfo, PoolError, PoolOverrides, UrlError, authority, escape, hosts::Lists, options, query, words,
};
use crate::Password;

impl ConnInfo {
    /// Reads a connection URL as libpq does (PostgreSQL manual, 34.1.1.2 "Connection URIs"), and the pool's limits in
    /// its query.
    ///
    /// ```
    /// use rolewright_core::ConnInfo;
    ///
    /// let (info, pool) = ConnInfo::parse("postgresql://core:s%40cret@/clinic?host=/run/postgresql&max=5")?;
    /// assert_eq!(info.password.as_ref().unwrap().expose(), "s@cret");
    /// assert_eq!(info.hosts[0].to_string(), "/run/postgresql/.s.PGSQL.5432");
    /// assert_eq!(pool.max, Some(5));
    /// assert!(!format!("{info:?}").contains("cret"));
    /// # Ok::<(), rolewright_core::conninfo::UrlError>(())
    /// ```
    ///
    /// # Errors
    /// For everything that is not understood or cannot be honoured; no error carries a piece of the URL other than
    /// the name of a parameter.
    pub fn parse(url: &str) -> Result<(Self, PoolOverrides), UrlError> {
        let pieces = authority::cut(url)?;
        let decoded = |text: Option<&str>, part| match text {
            Some(text) if !text.is_empty() => escape::decode(text, part).map(Some),
            _ => Ok(None),
        };
        let mut hosts = Lists::from_authority(pieces.hosts)?;
        let mut pool = PoolOverrides::default();
        let mut info = Self {
            hosts: Vec::new(),
            user: decoded(pieces.user, "user")?,
            password: decoded(pieces.password, "password")?.map(Password::new),
            database: decoded(pieces.database, "dbname")?,
            ..Self::local()
        };
        for (parameter, value) in query::parse(pieces.query.unwrap_or_default())? {
            let given = (!value.is_empty()).then(|| value.clone());
            match parameter {
                "user" => info.user = given,
                "password" => info.password = given.map(Password::new),
                "host" => hosts.override_hosts(&value),
                "port" => hosts.override_ports(&value)?,
                "dbname" => info.database = given,
                "sslmode" => info.ssl_mode = value.parse()?,
                "sslrootcert" => info.ssl_root_cert = root_cert(given)?,
                "sslcert" => info.ssl_cert = given.map(PathBuf::from),
                "sslkey" => info.ssl_key = given.map(PathBuf::from),
                "application_name" => info.application_name = given,
                "options" => info.options = options::parse(&value)?,
                "connect_timeout" => info.connect_timeout = seconds(&value)?,
                "target_session_attrs" => info.target_session_attrs = value.parse()?,
                _ => {
                    pool.take(parameter, &value)?;
                }
            }
        }
        info.hosts = hosts.join()?;
        match (pool.min, pool.max) {
            (Some(min), Some(max)) if min > max => Err(PoolError::MinOverMax { min, max }.into()),
            _ => Ok((info, pool)),
        }
    }
}

/// `system` would ask for the operating system's roots and full verification; it must not be read as a file's name.
fn root_cert(file: Option<String>) -> Result<Option<PathBuf>, UrlError> {
    match file.as_deref() {
        Some("system") => Err(UrlError::Value {
            parameter: "sslrootcert",
            expected: "a file of root certificates in PEM form (`system` is not supported)",
        }),
        _ => Ok(file.map(PathBuf::from)),
    }
}

/// libpq counts in seconds, and 0 waits without end.
fn seconds(value: &str) -> Result<Option<Duration>, UrlError> {
    let seconds = words::number(value, "connect_timeout", 0, 86_400)?;
    Ok((seconds > 0).then(|| Duration::from_secs(seconds)))
}
