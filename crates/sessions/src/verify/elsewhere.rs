//! Where a function or an operator is that a text does not find by its name alone: in a schema that the role may use, and does not look names
//! up in, as those of an extension often are. What is in any other schema is not told.

use tokio_postgres::types::Type;

use crate::{
    QueryError,
    placeholders::Template,
    run::Run,
    wire::{Spoken, spoken},
};

/// `undefined_function` and `ambiguous_function`, of operators too.
const UNDEFINED: &str = "42883";
const AMBIGUOUS: &str = "42725";

/// What an operator's name is made of (PostgreSQL manual, 4.1.3 "Operators").
const OPERATOR: &str = "+-*/<>=~!@#%^&|`?";

/// How the connections of tenants' own reports are called, which have no settings.
const OF_TENANT: &str = "tenant:";

/// A function or an operator that a text calls, and that is not where the role's names are looked up, but in another schema that it may use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({sqlstate})")]
pub struct Elsewhere {
    /// The SQLSTATE (PostgreSQL manual, appendix A).
    pub sqlstate: String,
    /// The server's message.
    pub message: String,
    /// How it is written with its schema: `public.similarity`, `OPERATOR(public.%)`.
    pub written: String,
    /// The schema.
    pub schema: String,
    /// The key that would have it found without; of a tenant's own reports there is none.
    pub key: Option<String>,
}

impl Elsewhere {
    pub(crate) fn hint(&self) -> String {
        let Self { written, schema, .. } = self;
        match &self.key {
            Some(key) => format!("write {written}, or add \"{schema}\" to {key}"),
            None => format!("write {written}"),
        }
    }
}

/// What the server did not find: a name, and the types that it was given.
#[derive(Debug, PartialEq, Eq)]
struct Call {
    operator: bool,
    name: String,
    given: Vec<String>,
}

impl Run<'_> {
    /// The same refusal of a text with the schema in which there is what it calls, where there is one.
    pub(super) async fn elsewhere(
        &mut self,
        refused: QueryError,
        error: &tokio_postgres::Error,
        offset: Option<usize>,
        template: &Template,
    ) -> QueryError {
        let QueryError::Database { sqlstate, message } = &refused else { return refused };
        let (Spoken::Refused(said), Some(offset)) = (spoken(error), offset) else { return refused };
        let Some(call) = call(sqlstate, said.message(), template.text(), offset) else { return refused };
        let Some((schema, written)) = self.find(&call).await else { return refused };
        let connection = &self.inner.open.connection;
        let key = (!connection.starts_with(OF_TENANT)).then(|| format!("roles.{connection}.search_path"));
        let (sqlstate, message) = (sqlstate.clone(), message.clone());
        QueryError::Elsewhere(Box::new(Elsewhere { sqlstate, message, written, schema, key }))
    }

    /// The first such schema by its name, and how the call is written there.
    async fn find(&mut self, call: &Call) -> Option<(String, String)> {
        self.begin().await.ok()?;
        let sql = include_str!("find_elsewhere.sql");
        let values: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 3] =
            [(&call.operator, Type::BOOL), (&call.name, Type::TEXT), (&call.given, Type::TEXT_ARRAY)];
        // Whatever is not understood of the types is not looked for.
        let rows = self.ask(async |client| client.query_typed(sql, &values).await).await.ok()?.ok()?;
        let row = rows.first()?;
        Some((row.try_get("schema").ok()?, row.try_get("written").ok()?))
    }
}

/// What was not found, by the name that stands there in the text and the types in the server's message, which are written alike in every
/// language.
fn call(sqlstate: &str, message: &str, text: &str, offset: usize) -> Option<Call> {
    let rest: String = text.chars().skip(offset).collect();
    let symbol: String = rest.chars().take_while(|c| OPERATOR.contains(*c)).collect();
    if symbol.is_empty() {
        let (name, after) = name(&rest)?;
        // One with a schema is looked up there, and one that is not unique is there.
        if sqlstate != UNDEFINED || after.trim_start().starts_with('.') {
            return None;
        }
        let (_, types) = message.split_once(&format!("{name}("))?;
        let (types, _) = types.rsplit_once(')')?;
        let given = types.split(", ").filter(|one| !one.is_empty()).map(str::to_owned).collect();
        return Some(Call { operator: false, name, given });
    }
    if ![UNDEFINED, AMBIGUOUS].contains(&sqlstate) {
        return None;
    }
    let (_, types) = message.rsplit_once(": ")?;
    let given = match types.strip_prefix(&format!("{symbol} ")) {
        Some(right) => vec![right.to_owned()],
        None => {
            let (left, right) = types.split_once(&format!(" {symbol} "))?;
            vec![left.to_owned(), right.to_owned()]
        }
    };
    Some(Call { operator: true, name: symbol, given })
}

/// The name that a text begins with, as the server takes it, and what follows.
fn name(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (name, after) = quoted.split_once('"')?;
        return (!after.starts_with('"')).then(|| (name.to_owned(), after));
    }
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    let begins = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    begins.then(|| (name.to_ascii_lowercase(), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_found_is_read_in_any_language() {
        let found = |code: &str, message: &str, text: &str, offset: usize| {
            call(code, message, text, offset).map(|call| (call.operator, call.name, call.given.join("|")))
        };
        let given =
            |operator: bool, name: &str, types: &str| Some((operator, name.to_owned(), types.to_owned()));
        let text = "select Similarity(a, 'b')";
        let said = "function similarity(character varying, unknown) does not exist";
        assert_eq!(found(UNDEFINED, said, text, 7), given(false, "similarity", "character varying|unknown"));
        assert_eq!(found(UNDEFINED, "Funktion f() existiert nicht", "f()", 0), given(false, "f", ""));
        assert_eq!(
            found(UNDEFINED, "function F(text) does not exist", "\"F\" (a)", 0),
            given(false, "F", "text")
        );
        let said = "Operator existiert nicht: timestamp without time zone % integer";
        assert_eq!(
            found(UNDEFINED, said, "a % 1", 2),
            given(true, "%", "timestamp without time zone|integer")
        );
        let said = "operator is not unique: unknown % unknown";
        assert_eq!(found(AMBIGUOUS, said, "'a'%'b'", 3), given(true, "%", "unknown|unknown"));
        assert_eq!(
            found(UNDEFINED, "operator does not exist: @ unknown", "@ 'a'", 0),
            given(true, "@", "unknown")
        );
        for (code, message, text) in [
            (UNDEFINED, "function shut.f() does not exist", "shut.f()"),
            (UNDEFINED, "function shut.f() does not exist", "\"shut\" . f()"),
            (AMBIGUOUS, "function f(unknown) is not unique", "f('a')"),
            (UNDEFINED, "something else", "f('a')"),
        ] {
            assert_eq!(found(code, message, text, 0), None, "{message}");
        }
    }
}
