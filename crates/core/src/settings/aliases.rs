//! The connection as a container's environment of FOLIO gives it: `DB_HOST` and its like, where nothing else names one.

use super::{Sources, environment::Variable};

/// Each variable, and the key of `[database]` that it stands for.
pub(super) const ALIASES: [(&str, &str); 5] = [
    ("DB_HOST", "host"),
    ("DB_PORT", "port"),
    ("DB_DATABASE", "name"),
    ("DB_USERNAME", "username"),
    ("DB_PASSWORD", "password"),
];

/// The keys that say which server, database or user is meant. Where one is given, no alias counts: half of one connection and half of
/// another would be a third that nobody meant.
const CONNECTION: [&str; 6] = ["host", "port", "name", "username", "password", "password_file"];

/// The aliases that count, with `DB_HOST` all that are set, and without it none.
pub(super) fn read(sources: &Sources, file: &toml::Table, variables: &[Variable]) -> Vec<Variable> {
    let database = file.get("database").and_then(toml::Value::as_table);
    let in_file = |key: &&str| database.is_some_and(|table| table.contains_key(*key));
    let in_variable = |key: &&str| variables.iter().any(|variable| variable.path == ["database", key]);
    let named = sources.variable("DATABASE_URL").is_some()
        || CONNECTION.iter().any(|key| in_file(key) || in_variable(key));
    if named || sources.variable("DB_HOST").is_none() {
        return Vec::new();
    }
    let value = |key: &str, text: &str| match text.parse::<i64>() {
        Ok(number) if key == "port" => number.into(),
        _ => text.into(),
    };
    ALIASES
        .iter()
        .filter_map(|(name, key)| {
            let text = sources.variable(name)?;
            let path = vec!["database".to_owned(), (*key).to_owned()];
            Some(Variable { name: (*name).to_owned(), path, value: value(key, text) })
        })
        .collect()
}
