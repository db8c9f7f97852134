//! Lays file and environment over each other and remembers where each value came from.

use std::path::Path;

use config::{Config, Map, Source, ValueKind};
use serde_json::Value;

use super::{Origin, Origins, SettingsError, Sources, aliases, environment};

/// The merged settings as one tree, and the origin of each of its keys.
pub(super) struct Merged {
    pub(super) tree: Value,
    pub(super) origins: Origins,
}

/// Reads the file and the environment, and merges them.
pub(super) fn merge(sources: &Sources, schema: &Value) -> Result<Merged, SettingsError> {
    let mut origins = Vec::new();
    let mut known = Origins::default();
    let mut builder = Config::builder();
    let mut file = toml::Table::new();
    if let Some(path) = &sources.file {
        file = read_file(path)?;
        builder = builder.add_source(Layer::new(file.clone(), 0));
        origins.push(Origin::File(path.clone()));
        note_tables(&file, "", &origins[0], &mut known);
    }
    let mut variables = environment::read(sources, schema, &file);
    variables.extend(aliases::read(sources, &file, &variables));
    for variable in variables {
        let mut value = variable.value;
        for key in variable.path.into_iter().rev() {
            value = toml::Value::Table(toml::Table::from_iter([(key, value)]));
        }
        if let toml::Value::Table(table) = value {
            let origin = Origin::Environment(variable.name);
            note_tables(&table, "", &origin, &mut known);
            builder = builder.add_source(Layer::new(table, origins.len()));
            origins.push(origin);
        }
    }
    let merged = builder.build().and_then(|config| config.collect()).map_err(|_| SettingsError::Shape)?;
    let root = config::Value::new(None, ValueKind::Table(merged));
    let tree = to_json(root, String::new(), &origins, &mut known);
    Ok(Merged { tree, origins: known })
}

/// The merger keeps the origin of values, not of the tables around them: the first to name a table is its origin.
fn note_tables(table: &toml::Table, path: &str, origin: &Origin, known: &mut Origins) {
    for (key, value) in table {
        let full = below(path, key);
        if let toml::Value::Table(table) = value {
            note_tables(table, &full, origin, known);
            known.0.entry(full).or_insert_with(|| origin.clone());
        }
    }
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn read_file(path: &Path) -> Result<toml::Table, SettingsError> {
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => SettingsError::FileMissing { path: path.to_owned() },
        kind => SettingsError::FileUnreadable { path: path.to_owned(), kind },
    })?;
    // The parser's own Display quotes the line, and that may hold a password.
    text.parse::<toml::Table>().map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        SettingsError::FileSyntax { path: path.to_owned(), line: before.matches('\n').count() + 1 }
    })
}

/// One layer for the merger; every value's origin is the layer's number.
#[derive(Clone)]
struct Layer {
    table: Map<String, config::Value>,
}

impl Layer {
    fn new(table: toml::Table, number: usize) -> Self {
        let origin = number.to_string();
        Self { table: table.into_iter().map(|(key, value)| (key, to_config(value, &origin))).collect() }
    }
}

impl std::fmt::Debug for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Layer")
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, config::Value>, config::ConfigError> {
        Ok(self.table.clone())
    }

    /// The default would read a quoted key with dots as a path.
    fn collect_to(&self, cache: &mut config::Value) -> Result<(), config::ConfigError> {
        overlay(cache, self.table.clone());
        Ok(())
    }
}

fn overlay(under: &mut config::Value, over: Map<String, config::Value>) {
    if !matches!(under.kind, ValueKind::Table(_)) {
        *under = config::Value::new(None, ValueKind::Table(Map::new()));
    }
    if let ValueKind::Table(table) = &mut under.kind {
        for (key, value) in over {
            let origin = value.origin().map(str::to_owned);
            match (table.get_mut(&key), value.kind) {
                (Some(below), ValueKind::Table(value)) if matches!(below.kind, ValueKind::Table(_)) => {
                    overlay(below, value);
                }
                (_, kind) => {
                    table.insert(key, config::Value::new(origin.as_ref(), kind));
                }
            }
        }
    }
}

fn to_config(value: toml::Value, origin: &String) -> config::Value {
    let kind = match value {
        toml::Value::String(text) => ValueKind::String(text),
        toml::Value::Integer(number) => ValueKind::I64(number),
        toml::Value::Float(number) => ValueKind::Float(number),
        toml::Value::Boolean(truth) => ValueKind::Boolean(truth),
        toml::Value::Datetime(time) => ValueKind::String(time.to_string()),
        toml::Value::Array(items) => {
            ValueKind::Array(items.into_iter().map(|item| to_config(item, origin)).collect())
        }
        toml::Value::Table(table) => {
            ValueKind::Table(table.into_iter().map(|(key, value)| (key, to_config(value, origin))).collect())
        }
    };
    config::Value::new(Some(origin), kind)
}

fn to_json(value: config::Value, key: String, origins: &[Origin], known: &mut Origins) -> Value {
    let origin = value.origin().and_then(|number| number.parse::<usize>().ok()).and_then(|n| origins.get(n));
    if let Some(origin) = origin {
        known.0.insert(key.clone(), origin.clone());
    }
    match value.kind {
        ValueKind::Nil => Value::Null,
        ValueKind::Boolean(truth) => truth.into(),
        ValueKind::I64(number) => number.into(),
        ValueKind::U64(number) => number.into(),
        ValueKind::I128(number) => number.to_string().into(),
        ValueKind::U128(number) => number.to_string().into(),
        ValueKind::Float(number) => number.into(),
        ValueKind::String(text) => text.into(),
        ValueKind::Array(items) => {
            let mut unused = Origins::default();
            items.into_iter().map(|item| to_json(item, String::new(), &[], &mut unused)).collect()
        }
        ValueKind::Table(table) => table
            .into_iter()
            .map(|(name, value)| {
                let path = below(&key, &name);
                (name, to_json(value, path, origins, known))
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}
