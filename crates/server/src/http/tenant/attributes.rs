//! What a gateway asks for: which module comes and which goes.

use axum::http::StatusCode;
use rolewright_core::tenant::Module;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{http::answer::Failed, tenants::Ask};

/// The body of `POST /_/tenant`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct Attributes {
    /// The version that the tenant has; absent where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    module_from: Option<String>,
    /// The version that it is to have; absent where it is to be disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    module_to: Option<String>,
    /// Whether what it has goes as well, where it is disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purge: Option<bool>,
    /// For the module's own use; kept, and given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parameters: Option<Vec<Parameter>>,
}

#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Parameter {
    key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

impl Attributes {
    pub(super) fn read(body: &[u8]) -> Result<Self, Failed> {
        // An array is no object, though a struct could be read from one; and of a key that is there twice nobody knows which counts.
        let object: Result<Map<String, Value>, _> = serde_json::from_slice(body);
        let read = object.and_then(|_| serde_json::from_slice(body)).map_err(|error| {
            let hint = "send {\"module_to\": \"mod-example-1.0.0\"}, with module_from, purge and parameters where needed";
            Failed::new(StatusCode::BAD_REQUEST, format!("the body cannot be read: {error}"), hint)
        });
        read.and_then(Self::can_be_kept)
    }

    fn can_be_kept(self) -> Result<Self, Failed> {
        if let Some(what) = self.unkept() {
            let error = format!("the body cannot be kept: {what} has the character U+0000");
            return Err(Failed::new(StatusCode::BAD_REQUEST, error, "leave that character out"));
        }
        Ok(self)
    }

    /// PostgreSQL has no text with the character U+0000 (manual, "JSON Types").
    fn unkept(&self) -> Option<&'static str> {
        let has = |text: &String| text.contains('\0');
        let parameter = |one: &Parameter| has(&one.key) || one.value.as_ref().is_some_and(has);
        match self {
            Self { module_to: Some(id), .. } if has(id) => Some("`module_to`"),
            Self { module_from: Some(id), .. } if has(id) => Some("`module_from`"),
            Self { parameters, .. } => parameters.iter().flatten().any(parameter).then_some("a parameter"),
        }
    }

    /// What it comes to for a tenant of this module.
    pub(super) fn ask(&self, module: &Module) -> Result<Ask, Failed> {
        for (key, id) in [("module_from", &self.module_from), ("module_to", &self.module_to)] {
            if id.as_deref() == Some("") {
                let error = format!("`{key}` is empty, and this is the module {}", module.given());
                let hint = format!(
                    "send the module's id there, such as \"{}-1.0.0\", or leave `{key}` out",
                    module.given()
                );
                return Err(Failed::new(StatusCode::BAD_REQUEST, error, hint));
            }
            if let Some(id) = id
                && Module::new(product(id)).as_ref() != Ok(module)
            {
                let error = format!("`{key}` names {id}, and this is the module {}", module.given());
                let hint = "send this to the module that it names, or correct `tenancy.module`";
                return Err(Failed::new(StatusCode::BAD_REQUEST, error, hint));
            }
        }
        match (&self.module_to, self.purge.unwrap_or(false)) {
            (Some(_), false) => Ok(Ask::Present),
            (None, false) => Ok(Ask::Disabled),
            (None, true) => Ok(Ask::Purged),
            (Some(_), true) => Err(Failed::new(
                StatusCode::BAD_REQUEST,
                "`purge` and `module_to` contradict each other",
                "leave `module_to` out to purge, or `purge` to upgrade",
            )),
        }
    }
}

/// A module id without its version: `mod-users` of `mod-users-15.1.0`.
fn product(id: &str) -> &str {
    let version =
        id.match_indices('-').find(|(at, _)| id[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
    version.map_or(id, |(at, _)| &id[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked() {
        let module = Module::new("mod-users").unwrap();
        let ask = |body: &str| Attributes::read(body.as_bytes()).and_then(|all| all.ask(&module));
        for (body, wanted) in [
            (r#"{"module_to": "mod-users-15.1.0"}"#, Ask::Present),
            (
                r#"{"module_from": "mod-users-1.0", "module_to": "mod-users-2.0-SNAPSHOT.1", "purge": false}"#,
                Ask::Present,
            ),
            (
                r#"{"module_to": "mod-users", "parameters": [{"key": "loadReference", "value": "true"}]}"#,
                Ask::Present,
            ),
            (r#"{"module_from": "mod-users-1.0"}"#, Ask::Disabled),
            ("{}", Ask::Disabled),
            (r#"{"module_from": "mod-users-1.0", "purge": true}"#, Ask::Purged),
        ] {
            assert_eq!(ask(body).unwrap(), wanted, "{body}");
        }
        for (body, words) in [
            ("", "cannot be read"),
            ("[]", "cannot be read"),
            (r#"{"module_to": 1}"#, "cannot be read"),
            (r#"{"moduleTo": "mod-users-1.0"}"#, "unknown field `moduleTo`"),
            (r#"{"purge": false, "purge": true}"#, "duplicate field"),
            (r#"{"parameters": [{"key": "a\u0000"}]}"#, "U+0000"),
            (r#"{"purge": true, "parameters": [{"key": "a", "value": "\u0000"}]}"#, "U+0000"),
            (r#"{"module_to": "mod-users-1\u0000"}"#, "`module_to` has the character U+0000"),
            (r#"{"module_from": "mod-users-1\u0000"}"#, "`module_from` has the character U+0000"),
            (r#"{"module_to": ""}"#, "`module_to` is empty, and this is the module mod-users"),
            (r#"{"module_to": "mod-other-1.0"}"#, "this is the module mod-users"),
            (r#"{"module_from": "mod-user-1.0"}"#, "this is the module mod-users"),
            (r#"{"module_to": "mod-users-1.0", "purge": true}"#, "contradict"),
        ] {
            let refused = format!("{:?}", ask(body).unwrap_err());
            assert!(refused.contains(words), "{body}: {refused}");
        }
    }
}
