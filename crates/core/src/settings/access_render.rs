//! `[access]` as keys and values for `config show`.

use serde_json::{Value, json};

use super::{AccessSettings, JwtSettings, KeySource, render};

/// Every key of the section with its value.
pub(super) fn entries(access: &AccessSettings) -> Vec<(String, Value)> {
    let JwtSettings { keys, .. } = &access.jwt;
    let (key, file) = match keys {
        KeySource::JwksFile(file) => ("jwt.jwks_file", file.to_string_lossy().into_owned()),
        KeySource::JwksUrl(url) => ("jwt.jwks_url", url.clone()),
        KeySource::Hs256File(file) => ("jwt.hs256_key_file", file.to_string_lossy().into_owned()),
    };
    let rest = [
        ("db_role", json!(access.db_role)),
        ("role_precedence", json!(access.role_precedence)),
        ("roles", json!(access.roles)),
        ("subjects", json!(access.subjects)),
        ("groups", json!(access.groups)),
        ("shared_role", json!(access.shared_role)),
        ("login", json!(access.login)),
        ("subject_prefix", json!(access.subject_prefix)),
        ("role_prefix", json!(access.role_prefix)),
        ("search_path", json!(access.search_path)),
        ("statement_timeout", render::time(Some(access.statement_timeout))),
        ("fresh", render::time(Some(access.fresh))),
        ("max_in_flight", json!(access.max_in_flight)),
        ("jwt.algorithms", json!(access.jwt.algorithms)),
        (key, json!(file)),
        ("jwt.issuer", json!(access.jwt.issuer)),
        ("jwt.audience", json!(access.jwt.audience)),
        ("jwt.roles_claim", json!(access.jwt.roles_claim)),
        ("jwt.skew", render::time(Some(access.jwt.skew))),
        ("jwt.reload", render::time(Some(access.jwt.reload))),
        ("jwt.cache", json!(access.jwt.cache)),
    ];
    let mut entries: Vec<(String, Value)> =
        rest.into_iter().map(|(key, value)| (format!("access.{key}"), value)).collect();
    for (role, groups) in &access.role_groups {
        entries.push((format!("access.role_groups.{role}"), json!(groups)));
    }
    entries.extend(render::pool("access.pool", &access.pool));
    entries
}
