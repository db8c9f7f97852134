//! The server parses a text without running it: as the body of a function that is never made, because its transaction is
//! rolled back.

use rolewright_core::Ident;
use tokio_postgres::{Client, Error, SimpleQueryMessage};

use super::{Question, denial::Denial};
use crate::{
    Refusal, gate,
    placeholders::{Rendered, Template},
    types::TypeName,
};

/// The most parameters of a function (`FUNC_MAX_ARGS`).
pub(super) const MOST_PARAMETERS: usize = 100;

/// The longest tree that is fetched, in bytes.
const MOST_TREE: usize = 8 << 20;

/// Whether unqualified names mean to the checker what they mean to the role.
pub(super) enum Begun {
    /// They do.
    AsTheRole,
    /// There is no such role.
    NoRole,
    /// The role looks into a schema that the checker may not look into.
    Shut {
        /// The schema.
        schema: String,
    },
}

/// Begins a transaction in which unqualified names mean what they mean to the role: its schemas, but only those it may look into.
pub(super) async fn begin(client: &Client, question: &Question<'_>) -> Result<Begun, Error> {
    let literal = |name: &Ident| format!("'{}'", name.as_str().replace('\\', "\\\\").replace('\'', "''"));
    let names: Vec<String> = question.search_path.iter().map(|name| format!("E{}", literal(name))).collect();
    let sql = format!(
        "/* rolewright: check */ BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
         SET LOCAL check_function_bodies = off; SET LOCAL search_path = pg_catalog, pg_temp; \
         SELECT p.shut, pg_catalog.set_config('search_path', coalesce(p.path || ', ', '') || 'pg_temp', true) \
         FROM pg_catalog.pg_roles r CROSS JOIN LATERAL (\
             SELECT pg_catalog.string_agg(pg_catalog.quote_ident(s.name), ', ' ORDER BY s.number) AS path, \
                    pg_catalog.min(s.name) FILTER (WHERE NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE')) AS shut \
             FROM ROWS FROM (pg_catalog.unnest(ARRAY[{}]::text[])) WITH ORDINALITY s(name, number) \
             JOIN pg_catalog.pg_namespace n ON n.nspname = s.name \
             WHERE pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')) p \
         WHERE r.rolname = E{}",
        names.join(", "),
        literal(&question.policy.role),
    );
    Ok(match last(client.simple_query(&sql).await?) {
        None => Begun::NoRole,
        Some(None) => Begun::AsTheRole,
        Some(Some(schema)) => Begun::Shut { schema },
    })
}

/// Has the text parsed; gives the text of its tree. The caller has begun a transaction, and rolls it back.
pub(super) async fn parse(client: &Client, rendered: &Rendered, name: &str) -> Result<Option<String>, Error> {
    // The extended protocol takes one statement: what would end the function's body early makes two.
    client.execute_typed(&rendered.sql, &[]).await?;
    let sql = format!(
        "/* rolewright: check */ SET LOCAL search_path = pg_catalog, pg_temp; \
         SELECT CASE WHEN pg_catalog.octet_length(t.tree) <= {MOST_TREE} THEN t.tree END \
         FROM (SELECT p.prosqlbody::text AS tree FROM pg_catalog.pg_proc p \
               JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
               WHERE n.nspname = 'rolewright_check' AND p.proname = '{name}') t"
    );
    Ok(last(client.simple_query(&sql).await?).flatten())
}

/// The first value of the last row.
fn last(messages: Vec<SimpleQueryMessage>) -> Option<Option<String>> {
    messages.into_iter().rev().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).map(str::to_owned)),
        _ => None,
    })
}

/// The statement around the text. A comment at its end cannot swallow what follows on a line of its own.
pub(super) fn statement(template: &Template, types: &[TypeName], name: &str) -> Rendered {
    let types: Vec<&str> = types.iter().map(|known| known.quoted.as_str()).collect();
    let before = format!(
        "/* rolewright: check */ CREATE FUNCTION rolewright_check.{name}({}) RETURNS SETOF record \
         LANGUAGE sql BEGIN ATOMIC ",
        types.join(", ")
    );
    let mut rendered = template.render(&before, |index| format!("${}", index + 1));
    rendered.sql.push_str("\n; END");
    rendered
}

/// More parameters than can be given types.
pub(super) fn too_many(template: &Template) -> Option<Refusal> {
    let count = template.names().len();
    (count > MOST_PARAMETERS).then(|| Denial::TooManyParameters { count, most: MOST_PARAMETERS }.into())
}

/// What the server said of the text, in words for its author.
pub(super) fn refusal(error: &Error, template: &Template, rendered: &Rendered) -> crate::QueryError {
    gate::refusal(error, template, rendered)
}
