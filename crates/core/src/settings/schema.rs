//! The JSON schema of the settings file, from the types it is read into.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::raw::Raw;

/// The JSON schema (draft 2020-12) of `rolewright.toml`.
///
/// ```
/// let schema = rolewright_core::settings::json_schema();
/// assert!(schema["properties"]["database"]["properties"]["pool"].is_object());
/// ```
#[must_use]
pub fn json_schema() -> Value {
    let mut schema = SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<Raw>();
    schema.insert("title".to_owned(), Value::from("rolewright.toml"));
    schema.to_value()
}
