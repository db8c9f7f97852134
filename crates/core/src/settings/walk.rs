//! Walks the merged settings against their schema: unknown keys and wrong types, by their full names.

use serde_json::Value;

use super::{Origins, SettingsError, keys, nearest};

/// Refuses the first key that is unknown or has a value of the wrong type. No value is ever repeated.
pub(super) fn walk(tree: &Value, schema: &Value, origins: &Origins) -> Result<(), SettingsError> {
    table(tree, schema, "", origins)
}

fn table(tree: &Value, schema: &Value, path: &str, origins: &Origins) -> Result<(), SettingsError> {
    let Some(entries) = tree.as_object() else {
        return Err(wrong(path, origins, schema));
    };
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    for (key, value) in entries {
        let full = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let Some(schema) = keys::child(schema, key) else {
            let nearest = nearest(key, keys::known(schema))
                .map(|known| if path.is_empty() { known.to_owned() } else { format!("{path}.{known}") });
            return Err(SettingsError::UnknownKey { origin: origins.of(&full), key: full, nearest });
        };
        if keys::is_table(schema) {
            table(value, schema, &full, origins)?;
        } else if !keys::accepts(schema, value) {
            return Err(wrong(&full, origins, schema));
        }
    }
    Ok(())
}

fn wrong(key: &str, origins: &Origins, schema: &Value) -> SettingsError {
    SettingsError::WrongType {
        key: key.to_owned(),
        origin: origins.of(key),
        expected: keys::expected(schema),
    }
}
