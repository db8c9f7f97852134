//! Patterns as strings: shown, read from settings and described in their JSON schema.

use std::{fmt, str::FromStr};

use super::{Deny, PatternError, Read};

macro_rules! as_text {
    ($type:ident, $description:literal) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.written)
            }
        }

        impl FromStr for $type {
            type Err = PatternError;

            fn from_str(pattern: &str) -> Result<Self, PatternError> {
                Self::parse(pattern)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.written)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let pattern = String::deserialize(deserializer)?;
                Self::parse(&pattern).map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "description": $description })
            }
        }
    };
}

as_text!(Read, "`schema`, or `schema.table` where the table is a glob");
as_text!(Deny, "`schema.table` or `schema.table.column`, each part a glob");
