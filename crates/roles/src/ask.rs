//! One question to the server that is answered by one JSON document: one simple-protocol message, one round trip.
//!
//! The message first empties `search_path`, so that no function or operator somebody left in a schema is called in
//! the place of one of `pg_catalog`, and turns `jit` off, whose compiling takes seconds where such a statement takes
//! milliseconds and the planner thinks it long. Names stand in it as quoted literals, because a message with several statements
//! cannot be prepared; they are checked identifiers, and no secret is ever among them.

use serde::de::DeserializeOwned;
use sqlx::{AssertSqlSafe, PgConnection};

use crate::{ProvisionError, quote::literal};

/// A value in the place of a `:name` in the statement.
pub(crate) enum Argument<'a> {
    /// A list of names.
    Names(&'a [String]),
    /// Yes or no.
    Flag(bool),
}

/// Sends `statement` with its `:names` filled in, and reads the document it answers with.
pub(crate) async fn ask<T: DeserializeOwned>(
    connection: &mut PgConnection,
    label: &str,
    statement: &str,
    arguments: &[(&str, Argument<'_>)],
) -> Result<T, ProvisionError> {
    let message =
        format!("SET LOCAL search_path = ''; SET LOCAL jit = off;\n{}", filled(statement, arguments));
    let row = sqlx::raw_sql(AssertSqlSafe(message))
        .fetch_one(connection)
        .await
        .map_err(|error| ProvisionError::sql(label, &error))?;
    let document: String = sqlx::Row::try_get(&row, 0).map_err(|error| ProvisionError::sql(label, &error))?;
    serde_json::from_str(&document)
        .map_err(|source| ProvisionError::Answer { label: label.to_owned(), source })
}

/// The statement with each `:name` replaced in one pass, so that a value is never searched for names.
fn filled(statement: &str, arguments: &[(&str, Argument<'_>)]) -> String {
    let mut out = String::with_capacity(statement.len() + 256);
    let mut rest = statement;
    while let Some(at) = rest.find(':') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let after = &from[1..];
        let known = if before.ends_with(':') || after.starts_with(':') {
            None
        } else {
            arguments.iter().find(|(name, _)| {
                after
                    .strip_prefix(name)
                    .is_some_and(|end| !end.starts_with(|next: char| next.is_alphanumeric()))
            })
        };
        match known {
            Some((name, value)) => {
                out.push_str(&value.sql());
                rest = &after[name.len()..];
            }
            None => {
                out.push(':');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

impl Argument<'_> {
    fn sql(&self) -> String {
        match self {
            Self::Names(names) => {
                let names: Vec<String> = names.iter().map(|name| literal(name)).collect();
                format!("(ARRAY[{}]::pg_catalog.text[])", names.join(", "))
            }
            Self::Flag(flag) => flag.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_and_never_searched() {
        let names = ["it's :flag".to_owned(), r"\".to_owned()];
        let sql = filled(
            "SELECT x::text, :names, :flag, ':other'",
            &[("names", Argument::Names(&names)), ("flag", Argument::Flag(true))],
        );
        assert_eq!(sql, r"SELECT x::text, (ARRAY['it''s :flag', E'\\']::pg_catalog.text[]), true, ':other'");
    }
}
