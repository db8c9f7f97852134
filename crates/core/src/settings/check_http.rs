//! The HTTP side of `serve`: where it listens, and the token that its administrative calls ask for.

use std::path::Path;

use super::{HttpSettings, Problem, SettingsError, TenantCalls, check::Checker, defaults, raw::RawHttp};
use crate::{
    Password,
    secret_file::{self, ReadableBy},
};

/// A token of fewer characters could be guessed.
const LEAST_TOKEN: usize = 32;

pub(super) fn check(
    raw: &RawHttp,
    has_tenants: bool,
    checker: &Checker<'_>,
) -> Result<HttpSettings, SettingsError> {
    let listen = match &raw.listen {
        Some(listen) => listen.parse().map_err(|_| checker.refuse("http.listen", Problem::Address))?,
        None => defaults::listen(),
    };
    let admin_token = admin_token(raw, checker)?;
    let tenants = raw.tenants.unwrap_or_default();
    if tenants != TenantCalls::Off && !has_tenants {
        return Err(checker.refuse("tenancy.module", Problem::NoModule));
    }
    if tenants == TenantCalls::Token && admin_token.is_none() {
        return Err(checker.refuse("http.tenants", Problem::NoToken));
    }
    Ok(HttpSettings { listen, admin_token, tenants })
}

fn admin_token(raw: &RawHttp, checker: &Checker<'_>) -> Result<Option<Password>, SettingsError> {
    let (key, token) = match (&raw.admin_token, &raw.admin_token_file) {
        (Some(_), Some(_)) => return Err(SettingsError::Both { key: "http.admin_token".to_owned() }),
        (Some(token), None) => ("http.admin_token", Password::new(token.as_str())),
        (None, Some(file)) => {
            let key = "http.admin_token_file";
            let bytes = secret_file::read(Path::new(file), ReadableBy::OwnerOnly)
                .map_err(|error| checker.refuse(key, Problem::from(error)))?;
            let text = str::from_utf8(&bytes).map_err(|_| checker.refuse(key, Problem::Token))?;
            // An editor ends the last line; that is not the token's.
            (key, Password::new(text.trim_end_matches(['\r', '\n'])))
        }
        (None, None) => return Ok(None),
    };
    match token.expose() {
        "" => Err(checker.refuse(key, Problem::Empty)),
        text if !text.bytes().all(may_be_in_token) => Err(checker.refuse(key, Problem::Token)),
        text if text.len() < LEAST_TOKEN => {
            Err(checker.refuse(key, Problem::ShortToken { least: LEAST_TOKEN }))
        }
        _ => Ok(Some(token)),
    }
}

/// RFC 6750, section 2.1: what a bearer token consists of.
fn may_be_in_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}
