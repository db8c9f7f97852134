//! The core connection: `DATABASE_URL` as a whole, or else `[database]`.

use std::path::PathBuf;

use super::{Problem, SettingsError, check::Checker, raw::RawDatabase};
use crate::{
    ConnInfo, Password,
    conninfo::{DEFAULT_PORT, Host, PoolOverrides},
};

pub(super) fn check(
    raw: &RawDatabase,
    checker: &Checker<'_>,
) -> Result<(ConnInfo, PoolOverrides), SettingsError> {
    if let Some(url) = checker.sources.variable("DATABASE_URL") {
        return ConnInfo::parse(url).map_err(SettingsError::Url);
    }
    if raw.host.is_none() && raw.name.is_none() {
        return Err(SettingsError::NoDatabase);
    }
    let path =
        |key: &str, value: &Option<String>| filled(checker, key, value).map(|path| path.map(PathBuf::from));
    let port = checker.positive("database.port", raw.port, DEFAULT_PORT)?;
    let host = filled(checker, "database.host", &raw.host)?.unwrap_or_else(|| "localhost".to_owned());
    let host = Host::new(&host, port)
        .map_err(|error| checker.refuse("database.host", Problem::Connection(error)))?;
    let ssl_mode = match &raw.ssl_mode {
        Some(word) => {
            word.parse().map_err(|error| checker.refuse("database.ssl_mode", Problem::Connection(error)))?
        }
        None => crate::conninfo::SslMode::default(),
    };
    let connect_timeout = checker.time_or_zero("database.connect_timeout", raw.connect_timeout.as_ref())?;
    let info = ConnInfo {
        hosts: vec![host],
        user: filled(checker, "database.username", &raw.username)?,
        password: password(raw, checker)?,
        database: filled(checker, "database.name", &raw.name)?,
        ssl_mode,
        ssl_root_cert: path("database.ssl_root_cert", &raw.ssl_root_cert)?,
        ssl_cert: path("database.ssl_cert", &raw.ssl_cert)?,
        ssl_key: path("database.ssl_key", &raw.ssl_key)?,
        application_name: filled(checker, "database.application_name", &raw.application_name)?,
        connect_timeout: connect_timeout.filter(|time| !time.is_zero()),
        ..ConnInfo::local()
    };
    Ok((info, PoolOverrides::default()))
}

/// A value that, where it is given, is not empty and has no NUL, which the protocol cannot carry.
fn filled(checker: &Checker<'_>, key: &str, value: &Option<String>) -> Result<Option<String>, SettingsError> {
    match value {
        Some(text) if text.is_empty() => Err(checker.refuse(key, Problem::Empty)),
        Some(text) if text.contains('\0') => {
            Err(checker.refuse(key, Problem::Name(crate::ident::IdentError::Nul)))
        }
        value => Ok(value.clone()),
    }
}

fn password(raw: &RawDatabase, checker: &Checker<'_>) -> Result<Option<Password>, SettingsError> {
    let key = "database.password_file";
    match (&raw.password, &raw.password_file) {
        (Some(_), Some(_)) => Err(SettingsError::Both { key: "database.password".to_owned() }),
        (Some(_), None) => Ok(filled(checker, "database.password", &raw.password)?.map(Password::new)),
        (None, Some(file)) => {
            let content = std::fs::read_to_string(file)
                .map_err(|error| checker.refuse(key, Problem::SecretFile(error.kind())))?;
            // An editor ends the last line; that is not the password's.
            match content.trim_end_matches(['\r', '\n']) {
                "" => Err(checker.refuse(key, Problem::Empty)),
                password => Ok(Some(Password::new(password))),
            }
        }
        (None, None) => Ok(None),
    }
}
