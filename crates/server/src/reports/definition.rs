//! What a report is: its text, the connection it runs on, its parameters and its limits; and the rules these keep.

use std::{collections::BTreeSet, time::Duration};

use rolewright_sessions::Limits;
use serde::{Deserialize, Serialize};

use super::ReportName;

/// A report as its author states it. Each version of a stored report is one of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Definition {
    /// The report's name.
    pub name: ReportName,
    /// A heading; may be empty.
    pub title: String,
    /// What it tells, and whom; may be empty.
    pub description: String,
    /// The connection it runs on: the NAME of `[roles.NAME]`.
    pub connection: String,
    /// Most rows; the role's own limit is never exceeded.
    pub max_rows: Option<u64>,
    /// Most time, in whole milliseconds; the role's own limit is never exceeded.
    #[serde(serialize_with = "as_words")]
    pub timeout: Option<Duration>,
    /// Most bytes of values; the role's own limit is never exceeded.
    pub max_bytes: Option<u64>,
    /// The parameters, in the order in which they are asked for.
    pub params: Vec<Parameter>,
    /// The query, without space around it.
    pub text: String,
}

/// A parameter of a stored report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name, without the colon.
    pub name: String,
    /// Its type in PostgreSQL's words, such as `date` or `integer[]`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Whether a run must give it a value.
    pub required: bool,
    /// The value of a run that gives none, in PostgreSQL's text form. Absent, where none is required, it is NULL.
    pub default: Option<String>,
    /// What it stands for; may be empty.
    #[serde(default)]
    pub description: String,
}

/// A definition breaks a rule of its own, whatever the database says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {why}")]
pub struct DefinitionError {
    /// The key of the file form, such as `timeout` or `param.from_day.type`.
    pub key: String,
    /// What is wrong with its value.
    pub why: String,
}

impl Definition {
    /// A definition of a text on a connection, with nothing else said.
    #[must_use]
    pub fn new(name: ReportName, connection: impl Into<String>, text: &str) -> Self {
        Self {
            name,
            title: String::new(),
            description: String::new(),
            connection: connection.into(),
            max_rows: None,
            timeout: None,
            max_bytes: None,
            params: Vec::new(),
            text: trimmed(text).to_owned(),
        }
    }

    /// Adds a parameter.
    #[must_use]
    pub fn param(mut self, param: Parameter) -> Self {
        self.params.push(param);
        self
    }

    /// The limits, as a run takes them.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits { rows: self.max_rows, timeout: self.timeout, bytes: self.max_bytes }
    }

    /// Tells whether the definition keeps the rules that need no database.
    ///
    /// # Errors
    /// The first key that breaks one, and how.
    pub fn check(&self) -> Result<(), DefinitionError> {
        let texts = [("title", &self.title), ("description", &self.description), ("text", &self.text)];
        for (key, text) in texts {
            refuse_if(text.contains('\0'), key, "contains a NUL character")?;
        }
        refuse_if(self.text != trimmed(&self.text), "text", "has space around it")?;
        let nameless = self.connection.is_empty() || self.connection.contains(char::is_control);
        refuse_if(nameless, "connection", "is not the NAME of a section [roles.NAME]")?;
        for (key, limit) in [("max_rows", self.max_rows), ("max_bytes", self.max_bytes)] {
            let fits = limit.is_none_or(|limit| (1..=i64::MAX as u64).contains(&limit));
            refuse_if(!fits, key, "is at least 1, and at most what a bigint holds")?;
        }
        if let Some(timeout) = self.timeout {
            let whole = timeout.subsec_nanos() % 1_000_000 == 0 && !timeout.is_zero();
            let fits = whole && timeout <= Duration::from_millis(i32::MAX as u64);
            refuse_if(!fits, "timeout", "is a time of whole milliseconds, from `1ms` to `24days`")?;
        }
        let mut names = BTreeSet::new();
        for param in &self.params {
            param.check()?;
            let again = !names.insert(&param.name);
            refuse_if(again, &format!("param.{}.name", param.name), "is the name of two parameters")?;
        }
        Ok(())
    }
}

impl Parameter {
    /// A parameter that every run must give a value.
    #[must_use]
    pub fn required(name: impl Into<String>, type_name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            type_name: type_name.into(),
            required: true,
            default: None,
            description: String::new(),
        }
    }

    /// A parameter with a value for runs that give none; `None` is NULL.
    #[must_use]
    pub fn optional(name: impl Into<String>, type_name: impl Into<String>, default: Option<&str>) -> Self {
        Self { required: false, default: default.map(str::to_owned), ..Self::required(name, type_name) }
    }

    fn check(&self) -> Result<(), DefinitionError> {
        let key = |field: &str| format!("param.{}.{field}", self.name.escape_debug());
        let begins = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
        let named = self.name.bytes().next().is_some_and(begins)
            && self.name.len() <= 63
            && self.name.bytes().all(|byte| begins(byte) || byte.is_ascii_digit());
        refuse_if(
            !named,
            &key("name"),
            "is 1 to 63 letters, digits and underscores, and begins with no digit",
        )?;
        let name = &self.type_name;
        let strange = name.contains(|c: char| c.is_control() || ";'\\".contains(c))
            || ["--", "/*"].iter().any(|comment| name.contains(comment));
        let typed = !strange && !name.is_empty() && name.len() <= 200 && name == name.trim();
        refuse_if(!typed, &key("type"), "is not the name of a type")?;
        let both = self.required && self.default.is_some();
        refuse_if(both, &key("required"), "contradicts the default; leave one of the two out")?;
        let nul = self.default.as_ref().is_some_and(|value| value.contains('\0'));
        refuse_if(nul, &key("default"), "contains a NUL character")?;
        refuse_if(self.description.contains('\0'), &key("description"), "contains a NUL character")
    }
}

/// A text without the space around it, so that the same query is the same text.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_ascii_whitespace())
}

fn refuse_if(broken: bool, key: &str, why: &str) -> Result<(), DefinitionError> {
    if broken { Err(DefinitionError { key: key.to_owned(), why: why.to_owned() }) } else { Ok(()) }
}

/// A time as the file form writes it.
fn as_words<S: serde::Serializer>(time: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    time.map(|time| humantime::format_duration(time).to_string()).serialize(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_names_its_key() {
        let good = || Definition::new("r".parse().unwrap(), "reporting", " select :a\n");
        assert_eq!(good().text, "select :a");
        good().param(Parameter::required("a", "int")).check().unwrap();
        let zero = Some(Duration::ZERO);
        let fine = Some(Duration::from_nanos(1));
        let both = Parameter { default: Some("1".to_owned()), ..Parameter::required("a", "int") };
        for (key, broken) in [
            ("title", Definition { title: "\0".to_owned(), ..good() }),
            ("text", Definition { text: "select 1 ".to_owned(), ..good() }),
            ("connection", Definition { connection: String::new(), ..good() }),
            ("max_rows", Definition { max_rows: Some(0), ..good() }),
            ("max_bytes", Definition { max_bytes: Some(u64::MAX), ..good() }),
            ("timeout", Definition { timeout: zero, ..good() }),
            ("timeout", Definition { timeout: fine, ..good() }),
            ("param.1a.name", good().param(Parameter::required("1a", "int"))),
            ("param.a.type", good().param(Parameter::required("a", "int; drop"))),
            ("param.a.required", good().param(both)),
            ("param.a.default", good().param(Parameter::optional("a", "text", Some("\0")))),
            (
                "param.a.name",
                good().param(Parameter::required("a", "int")).param(Parameter::required("a", "int")),
            ),
        ] {
            assert_eq!(broken.check().unwrap_err().key, key);
        }
    }
}
