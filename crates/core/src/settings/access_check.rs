//! `[access]`: keys that there is one source of, algorithms that fit it, and names that can be roles and cannot be confused.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use super::{
    AccessSettings, Algorithm, JwtSettings, KeySource, Problem, SettingsError,
    access_raw::{RawAccess, RawJwt},
    check::Checker,
    defaults,
};
use crate::Ident;

/// An issuer's clock that differs by more is wrong.
const MOST_SKEW: Duration = Duration::from_secs(10 * 60);

pub(super) fn check(
    raw: RawAccess,
    app: &Ident,
    is_set: bool,
    checker: &Checker<'_>,
) -> Result<Option<AccessSettings>, SettingsError> {
    if !is_set {
        return Ok(None);
    }
    let name = |key: &str, given: &Option<String>, ending: &str| {
        checker.name(key, given.as_deref().unwrap_or(&format!("{app}{ending}")))
    };
    let names = |key: &str, list: &[String]| {
        list.iter().map(|entry| checker.name(key, entry)).collect::<Result<Vec<_>, _>>()
    };
    let subject_prefix = name("access.subject_prefix", &raw.subject_prefix, "_subject_")?.to_string();
    let role_prefix = name("access.role_prefix", &raw.role_prefix, "_role_")?.to_string();
    // Neither may begin with the other, or one's names could be the other's.
    if subject_prefix.starts_with(&role_prefix) || role_prefix.starts_with(&subject_prefix) {
        return Err(checker.refuse("access.role_prefix", Problem::SamePrefix));
    }
    for (key, list, prefix) in
        [("access.roles", &raw.roles, &role_prefix), ("access.subjects", &raw.subjects, &subject_prefix)]
    {
        for (position, entry) in list.iter().enumerate() {
            if entry.is_empty() {
                return Err(checker.refuse(key, Problem::Empty));
            }
            if list[..position].contains(entry) {
                return Err(checker.refuse(key, Problem::Twice { name: entry.clone() }));
            }
            checker.name(key, &format!("{prefix}{entry}"))?;
        }
    }
    let mut role_groups = BTreeMap::new();
    for (role, groups) in &raw.role_groups {
        let key = format!("access.role_groups.{role}");
        if !raw.roles.contains(role) {
            return Err(checker.refuse(&key, Problem::NoSuchRole { role: role.clone() }));
        }
        role_groups.insert(role.clone(), names(&key, groups)?);
    }
    let public = || vec!["public".to_owned()];
    let search_path = names("access.search_path", &raw.search_path.clone().unwrap_or_else(public))?;
    if search_path.iter().any(|schema| schema.as_str() == "$user") {
        return Err(checker.refuse("access.search_path", Problem::UserSchema));
    }
    let pool = checker.pool("access.pool", &raw.pool, defaults::POOL)?;
    let timeout = raw.statement_timeout.as_ref();
    Ok(Some(AccessSettings {
        db_role: raw.db_role.unwrap_or(true),
        role_precedence: raw.role_precedence.unwrap_or(false),
        groups: names("access.groups", &raw.groups)?,
        role_groups,
        shared_role: name("access.shared_role", &raw.shared_role, "_subject")?,
        login: name("access.login", &raw.login, "_access")?,
        subject_prefix,
        role_prefix,
        search_path,
        statement_timeout: checker.time("access.statement_timeout", timeout, defaults::STATEMENT_TIMEOUT)?,
        fresh: checker.time("access.fresh", raw.fresh.as_ref(), defaults::FRESH)?,
        max_in_flight: checker.positive("access.max_in_flight", raw.max_in_flight, pool.max.div_ceil(2))?,
        pool,
        jwt: jwt(raw.jwt, checker)?,
        roles: raw.roles,
        subjects: raw.subjects,
    }))
}

/// The one source of keys that is given.
fn keys(given: [Option<String>; 3], checker: &Checker<'_>) -> Result<KeySource, SettingsError> {
    let empty = |name: &str| checker.refuse(&format!("access.jwt.{name}"), Problem::Empty);
    let file = |name, file: String| match file.is_empty() {
        true => Err(empty(name)),
        false => Ok(PathBuf::from(file)),
    };
    match given {
        [None, None, None] => Err(checker.refuse("access.jwt", Problem::NoKeys)),
        [Some(jwks), None, None] => Ok(KeySource::JwksFile(file("jwks_file", jwks)?)),
        [None, Some(url), None] if is_safe(&url) => Ok(KeySource::JwksUrl(url)),
        [None, Some(_), None] => Err(checker.refuse("access.jwt.jwks_url", Problem::UnsafeUrl)),
        [None, None, Some(secret)] => Ok(KeySource::Hs256File(file("hs256_key_file", secret)?)),
        _ => Err(checker.refuse("access.jwt", Problem::TwoKeys)),
    }
}

/// Whoever can change a plain http answer can sign tokens, so only this machine may give one. No user or password belongs in it.
fn is_safe(url: &str) -> bool {
    let (here, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (false, rest),
        (_, Some(rest)) => (true, rest),
        _ => return false,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    !host.is_empty()
        && !authority.contains('@')
        && (!here || ["localhost", "127.0.0.1", "[::1]"].contains(&host))
}

fn jwt(raw: RawJwt, checker: &Checker<'_>) -> Result<JwtSettings, SettingsError> {
    let keys = keys([raw.jwks_file, raw.jwks_url, raw.hs256_key_file], checker)?;
    let shared = matches!(keys, KeySource::Hs256File(_));
    let default = if shared { Algorithm::Hs256 } else { Algorithm::Rs256 };
    let algorithms = raw.algorithms.unwrap_or_else(|| vec![default]);
    if algorithms.is_empty() {
        return Err(checker.refuse("access.jwt.algorithms", Problem::Empty));
    }
    // A public key is never a secret, nor a secret a public key.
    if let Some(algorithm) = algorithms.iter().find(|one| (**one == Algorithm::Hs256) != shared) {
        return Err(checker.refuse("access.jwt.algorithms", Problem::OtherKeys { algorithm: *algorithm }));
    }
    let skew = checker.time_or_zero("access.jwt.skew", raw.skew.as_ref())?.unwrap_or(defaults::SKEW);
    if skew > MOST_SKEW {
        let most = u64::try_from(MOST_SKEW.as_millis()).unwrap_or_default();
        return Err(checker.refuse("access.jwt.skew", Problem::TooMuch { most }));
    }
    let given = |key: &str, text: &Option<String>| match text.as_deref() {
        Some("") => Err(checker.refuse(key, Problem::Empty)),
        _ => Ok(()),
    };
    given("access.jwt.issuer", &raw.issuer)?;
    given("access.jwt.roles_claim", &raw.roles_claim)?;
    if raw.audience.iter().any(String::is_empty) {
        return Err(checker.refuse("access.jwt.audience", Problem::Empty));
    }
    Ok(JwtSettings {
        algorithms,
        keys,
        issuer: raw.issuer,
        audience: raw.audience,
        roles_claim: raw.roles_claim.unwrap_or_else(|| "roles".to_owned()),
        skew,
        reload: checker.time("access.jwt.reload", raw.reload.as_ref(), defaults::KEYS_RELOAD)?,
        cache: checker.positive("access.jwt.cache", raw.cache, defaults::TOKENS)?,
    })
}
