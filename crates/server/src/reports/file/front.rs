//! The header of a report's file as TOML, each value with its place.

use std::{ops::Range, time::Duration};

use serde::Deserialize;
use toml::Spanned;

use crate::reports::{Definition, DefinitionError, Parameter, ReportName};

/// The header.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Front {
    name: Spanned<String>,
    title: Option<Spanned<String>>,
    description: Option<Spanned<String>>,
    connection: Spanned<String>,
    max_rows: Option<Spanned<u64>>,
    timeout: Option<Spanned<String>>,
    max_bytes: Option<Spanned<u64>>,
    #[serde(default)]
    param: Vec<FrontParam>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontParam {
    name: Spanned<String>,
    #[serde(rename = "type")]
    type_name: Spanned<String>,
    required: Option<Spanned<bool>>,
    default: Option<Spanned<String>>,
    description: Option<Spanned<String>>,
}

impl Front {
    /// Reads the header; else the place, and what is wrong there.
    pub(super) fn parse(header: &str) -> Result<Self, (Range<usize>, String)> {
        toml::from_str(header).map_err(|error| {
            let why = error.message().lines().collect::<Vec<_>>().join("; ");
            (error.span().unwrap_or_default(), why)
        })
    }

    /// The definition that the header and the text make.
    pub(super) fn definition(&self, text: &str) -> Result<Definition, DefinitionError> {
        let name: ReportName = self
            .name
            .get_ref()
            .parse()
            .map_err(|error: super::super::NameError| wrong("name", &error.to_string()))?;
        Ok(Definition {
            title: owned(self.title.as_ref()),
            description: owned(self.description.as_ref()),
            max_rows: self.max_rows.as_ref().map(|rows| *rows.get_ref()),
            timeout: self.timeout.as_ref().map(|words| time(words.get_ref())).transpose()?,
            max_bytes: self.max_bytes.as_ref().map(|bytes| *bytes.get_ref()),
            params: self.param.iter().map(FrontParam::parameter).collect(),
            ..Definition::new(name, self.connection.get_ref(), text)
        })
    }

    /// Where the value of a key stands, by the names that [`DefinitionError`] uses.
    pub(super) fn place(&self, key: &str) -> Option<Range<usize>> {
        let place = |value: Option<&Spanned<String>>| value.map(Spanned::span);
        match key {
            "name" => Some(self.name.span()),
            "title" => place(self.title.as_ref()),
            "description" => place(self.description.as_ref()),
            "connection" => Some(self.connection.span()),
            "max_rows" => self.max_rows.as_ref().map(Spanned::span),
            "timeout" => place(self.timeout.as_ref()),
            "max_bytes" => self.max_bytes.as_ref().map(Spanned::span),
            _ => {
                let (name, field) = key.strip_prefix("param.")?.rsplit_once('.')?;
                let named = |param: &&FrontParam| param.name.get_ref().escape_debug().to_string() == name;
                // Of two of one name, the second is the one too many.
                let param = self.param.iter().rev().find(named)?;
                match field {
                    "type" => Some(param.type_name.span()),
                    "required" => param.required.as_ref().map(Spanned::span),
                    "default" => place(param.default.as_ref()),
                    "description" => place(param.description.as_ref()),
                    _ => Some(param.name.span()),
                }
            }
        }
    }
}

impl FrontParam {
    fn parameter(&self) -> Parameter {
        let default = self.default.as_ref().map(|value| value.get_ref().clone());
        Parameter {
            name: self.name.get_ref().clone(),
            type_name: self.type_name.get_ref().clone(),
            required: self.required.as_ref().map_or(default.is_none(), |required| *required.get_ref()),
            default,
            description: owned(self.description.as_ref()),
        }
    }
}

fn owned(value: Option<&Spanned<String>>) -> String {
    value.map(|value| value.get_ref().clone()).unwrap_or_default()
}

fn time(words: &str) -> Result<Duration, DefinitionError> {
    humantime::parse_duration(words).map_err(|_| wrong("timeout", "is a time such as `30s` or `5m`"))
}

fn wrong(key: &str, why: &str) -> DefinitionError {
    DefinitionError { key: key.to_owned(), why: why.to_owned() }
}
