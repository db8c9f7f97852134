//! Questions to the schema: which keys a table has, and what a value of a key may be.

use serde_json::{Map, Value};

/// The schema of a key within a table's schema: a named one, or that of any key of a map.
pub(super) fn child<'a>(schema: &'a Value, key: &str) -> Option<&'a Value> {
    schema
        .get("properties")
        .and_then(|known| known.get(key))
        .or_else(|| schema.get("additionalProperties").filter(|any| any.is_object()))
}

/// The keys a table may have; empty when any name will do.
pub(super) fn known(schema: &Value) -> Vec<&str> {
    schema.get("properties").and_then(Value::as_object).map(names).unwrap_or_default()
}

/// Whether the schema is that of a table.
pub(super) fn is_table(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("object")
}

/// Whether only a text will do, so that an environment variable's value is taken as it is.
pub(super) fn is_text(schema: &Value) -> bool {
    types(schema) == ["string"] || !words(schema).is_empty()
}

/// Whether a value that is no table has the type that is asked for.
pub(super) fn accepts(schema: &Value, value: &Value) -> bool {
    let words = words(schema);
    if !words.is_empty() {
        return value.as_str().is_some_and(|word| words.contains(&word));
    }
    types(schema).iter().any(|kind| match *kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_u64().is_some_and(|number| number <= most(schema)),
        "array" => value.as_array().is_some_and(|items| {
            items.iter().all(|item| schema.get("items").is_none_or(|schema| accepts(schema, item)))
        }),
        _ => false,
    })
}

/// What is asked for, in words.
pub(super) fn expected(schema: &Value) -> String {
    let words = words(schema);
    if !words.is_empty() {
        return format!("one of \"{}\"", words.join("\", \""));
    }
    match (schema.get("format").and_then(Value::as_str), types(schema).first().copied()) {
        (Some("duration"), _) => "a time such as \"60s\", or whole milliseconds".to_owned(),
        (_, Some("string")) => "a text in quotes".to_owned(),
        (_, Some("boolean")) => "true or false".to_owned(),
        (_, Some("integer")) => match most(schema) {
            u64::MAX => "a whole number from 0 on".to_owned(),
            most => format!("a whole number from 0 to {most}"),
        },
        (_, Some("array")) => "a list of texts such as [\"a\", \"b\"]".to_owned(),
        _ => "a table".to_owned(),
    }
}

fn most(schema: &Value) -> u64 {
    match schema.get("format").and_then(Value::as_str) {
        Some("uint16") => u64::from(u16::MAX),
        Some("uint32") => u64::from(u32::MAX),
        _ => u64::MAX,
    }
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => {
            several.iter().filter_map(Value::as_str).filter(|t| *t != "null").collect()
        }
        _ => Vec::new(),
    }
}

fn words(schema: &Value) -> Vec<&str> {
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        return vec![word];
    }
    let of = |key| schema.get(key).and_then(Value::as_array).into_iter().flatten();
    let listed = of("enum").filter_map(Value::as_str);
    listed.chain(of("anyOf").flat_map(words)).chain(of("oneOf").flat_map(words)).collect()
}

fn names(table: &Map<String, Value>) -> Vec<&str> {
    table.keys().map(String::as_str).collect()
}
