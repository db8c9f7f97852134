//! The managed read roles: names that may be, something to read, and no promise that cannot be kept.

use std::collections::BTreeMap;

use super::{
    FutureTables, NewTables, PoolSettings, Problem, RoleSettings, SettingsError, check::Checker, defaults,
    raw::RawRole,
};
use crate::{
    Ident,
    pattern::{Deny, PatternError, Read},
};

pub(super) fn check(
    raw: BTreeMap<String, RawRole>,
    app: &Ident,
    core: Option<&str>,
    replicas: u32,
    checker: &Checker<'_>,
) -> Result<BTreeMap<String, RoleSettings>, SettingsError> {
    let mut roles: BTreeMap<String, RoleSettings> = BTreeMap::new();
    for (connection, raw) in raw {
        let key = format!("roles.{connection}");
        if !is_connection_name(&connection) {
            return Err(checker.refuse(&key, Problem::ConnectionName));
        }
        let settings = role(raw, &key, &format!("{app}_{connection}"), replicas, checker)?;
        of_its_own(&settings.role, &format!("{key}.role"), core, &roles, checker)?;
        roles.insert(connection, settings);
    }
    Ok(roles)
}

/// Refuses a role that is PostgreSQL's, core's, or another connection's.
pub(super) fn of_its_own(
    role: &Ident,
    key: &str,
    core: Option<&str>,
    others: &BTreeMap<String, RoleSettings>,
    checker: &Checker<'_>,
) -> Result<(), SettingsError> {
    let name = role.to_string();
    let problem = if name.starts_with("pg_") || ["public", "none"].contains(&name.as_str()) {
        Problem::ReservedRole { role: name }
    } else if core == Some(name.as_str()) {
        Problem::CoreRole { role: name }
    } else if let Some((other, _)) = others.iter().find(|(_, other)| other.role == *role) {
        Problem::SameRole { role: name, other: other.clone() }
    } else {
        return Ok(());
    };
    Err(checker.refuse(key, problem))
}

fn role(
    raw: RawRole,
    key: &str,
    default_name: &str,
    replicas: u32,
    checker: &Checker<'_>,
) -> Result<RoleSettings, SettingsError> {
    let sub = |name: &str| format!("{key}.{name}");
    let read: Vec<Read> = patterns(&raw.read, &sub("read"), Read::parse, checker)?;
    let mut deny: Vec<Deny> = patterns(&raw.deny, &sub("deny"), Deny::parse, checker)?;
    if !deny.contains(&Deny::always()) {
        deny.push(Deny::always());
    }
    if read.is_empty() {
        return Err(checker.refuse(&sub("read"), Problem::Empty));
    }
    if let Some(problem) = read.iter().find_map(pointless) {
        return Err(checker.refuse(&sub("read"), problem));
    }
    let future_tables = raw.future_tables.unwrap_or_default();
    if future_tables == FutureTables::Immediately
        && let Some(problem) = broken_promise(&read, &deny)
    {
        return Err(checker.refuse(&sub("future_tables"), problem));
    }
    let new_tables = raw.new_tables.unwrap_or_default();
    if new_tables == NewTables::Hold && future_tables == FutureTables::Immediately {
        return Err(checker.refuse(&sub("new_tables"), Problem::HeldImmediately));
    }
    let names = |name: &str, list: &[String]| {
        list.iter().map(|entry| checker.name(&sub(name), entry)).collect::<Result<Vec<_>, _>>()
    };
    let search_path = match &raw.search_path {
        Some(list) => names("search_path", list)?,
        None => schemas(&read),
    };
    // The check would look for it as the checker.
    if search_path.iter().any(|schema| schema.as_str() == "$user") {
        return Err(checker.refuse(&sub("search_path"), Problem::UserSchema));
    }
    let max_connections =
        checker.positive(&sub("max_connections"), raw.max_connections, defaults::MAX_CONNECTIONS)?;
    if max_connections > i32::MAX.unsigned_abs() {
        let most = u64::from(i32::MAX.unsigned_abs());
        return Err(checker.refuse(&sub("max_connections"), Problem::TooMuch { most }));
    }
    let default_pool = PoolSettings { max: (max_connections / replicas).max(1), ..defaults::POOL };
    let pool = checker.pool(&sub("pool"), &raw.pool, default_pool)?;
    if pool.max > max_connections {
        return Err(checker.refuse(&sub("pool.max"), Problem::OverLimit { limit: max_connections }));
    }
    Ok(RoleSettings {
        role: checker.name(&sub("role"), raw.role.as_deref().unwrap_or(default_name))?,
        read,
        deny,
        search_path,
        future_tables,
        new_tables,
        definer_functions: patterns(&raw.definer_functions, &sub("definer_functions"), Read::parse, checker)?,
        functions: patterns(&raw.functions, &sub("functions"), Read::parse, checker)?,
        creators: names("creators", &raw.creators)?,
        adopt: raw.adopt.unwrap_or(false),
        statement_timeout: checker.time(
            &sub("statement_timeout"),
            raw.statement_timeout.as_ref(),
            defaults::STATEMENT_TIMEOUT,
        )?,
        max_connections,
        max_rows: checker.positive(&sub("max_rows"), raw.max_rows, defaults::MAX_ROWS)?,
        max_bytes: checker.positive(&sub("max_bytes"), raw.max_bytes, defaults::MAX_BYTES)?,
        max_queue: raw.max_queue.unwrap_or(defaults::MAX_QUEUE),
        pool,
    })
}

fn patterns<P>(
    list: &[String],
    key: &str,
    parse: fn(&str) -> Result<P, PatternError>,
    checker: &Checker<'_>,
) -> Result<Vec<P>, SettingsError> {
    let one = |pattern: &String| parse(pattern).map_err(|error| checker.refuse(key, Problem::Pattern(error)));
    list.iter().map(one).collect()
}

fn pointless(read: &Read) -> Option<Problem> {
    match read.schema.as_str() {
        "rolewright" | "rolewright_consent" | "rolewright_break_glass" => {
            Some(Problem::OwnSchema { schema: read.schema.to_string() })
        }
        schema if schema == "information_schema" || schema.starts_with("pg_") => {
            Some(Problem::SystemSchema { schema: schema.to_owned() })
        }
        _ => None,
    }
}

/// Default privileges know schemas, neither globs nor exceptions.
fn broken_promise(read: &[Read], deny: &[Deny]) -> Option<Problem> {
    read.iter().find_map(|read| {
        if read.table.is_some() {
            return Some(Problem::ImmediatelyGlob { read: read.to_string() });
        }
        let deny = deny.iter().find(|deny| deny.may_touch_schema(read.schema.as_str()))?;
        Some(Problem::ImmediatelyDenied { schema: read.schema.to_string(), deny: deny.to_string() })
    })
}

fn schemas(read: &[Read]) -> Vec<Ident> {
    let mut schemas: Vec<Ident> = Vec::new();
    for entry in read {
        if !schemas.contains(&entry.schema) {
            schemas.push(entry.schema.clone());
        }
    }
    schemas
}

fn is_connection_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
}
