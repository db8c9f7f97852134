//! The settings that environment variables carry, `ROLEWRIGHT__SECTION__KEY`.

use serde_json::Value;

use super::{Sources, keys};

/// What every such variable's name begins with.
pub(super) const PREFIX: &str = "ROLEWRIGHT__";

/// One variable: its name, the key it sets, and the value.
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) path: Vec<String>,
    pub(super) value: toml::Value,
}

/// Reads the variables. A value is taken as it is where the schema asks for a text, else as TOML where it is TOML.
///
/// The parts of a name are lower-cased; where a section's keys are free (`roles`), one of `file` that differs only in
/// case or in `-` for `_` is meant.
pub(super) fn read(sources: &Sources, schema: &Value, file: &toml::Table) -> Vec<Variable> {
    let mut variables: Vec<_> = sources
        .environment
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .filter_map(|(name, value)| Some((name, name.strip_prefix(PREFIX)?, value)))
        .map(|(name, parts, value)| {
            let (path, schema) = locate(parts, schema, file);
            let text = schema.is_some_and(keys::is_text);
            Variable {
                name: name.clone(),
                path,
                value: if text { value.clone().into() } else { typed(value) },
            }
        })
        .collect();
    variables.sort_by(|a, b| a.path.cmp(&b.path));
    variables
}

fn locate<'a>(parts: &str, root: &'a Value, file: &toml::Table) -> (Vec<String>, Option<&'a Value>) {
    let mut path = Vec::new();
    let mut schema = Some(root);
    let mut table = Some(file);
    for part in parts.split("__") {
        let mut key = part.to_lowercase();
        if schema.is_some_and(|schema| keys::known(schema).is_empty()) {
            let same = |known: &&String| known.to_lowercase().replace('-', "_") == key;
            if let Some(known) = table.and_then(|table| table.keys().find(same)) {
                key.clone_from(known);
            }
        }
        schema = schema.and_then(|schema| keys::child(schema, &key));
        table = table.and_then(|table| table.get(&key)).and_then(toml::Value::as_table);
        path.push(key);
    }
    (path, schema)
}

fn typed(text: &str) -> toml::Value {
    let line = format!("value = {text}");
    match line.parse::<toml::Table>() {
        Ok(mut table) if table.len() == 1 => table.remove("value").unwrap_or_else(|| text.into()),
        _ => text.into(),
    }
}
