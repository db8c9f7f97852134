//! Every function and operator of the server's own that computes from the types that the templates know, as a template of what it gives: what
//! the server does with one of them when it plans (fold it, put something in its place) is its own.

use sqlx::{PgConnection, Row as _};

use super::grammar::Type;

/// A type's name in the catalogs, the template of what is given for it, and what makes one of the templates' types of it.
const TYPES: [(&str, &str, Type, &str); 24] = [
    ("int4", "{i}", 'i', ""),
    ("int8", "{i}", 'i', "::int"),
    ("int2", "{i}::int2", 'i', "::int"),
    ("float8", "{n}::float8", 'n', "::numeric"),
    ("float4", "{n}::float4", 'n', "::numeric"),
    ("numeric", "{n}", 'n', ""),
    ("text", "{t}", 't', ""),
    ("bpchar", "{t}::bpchar", 't', "::text"),
    ("bytea", "{t}::bytea", 't', "::text"),
    ("bool", "{b}", 'b', ""),
    ("date", "{d}", 'd', ""),
    ("timestamptz", "{z}", 'z', ""),
    ("timestamp", "{z}::timestamp", 'z', "::timestamptz"),
    ("interval", "{v}", 'v', ""),
    ("jsonb", "{j}", 'j', ""),
    ("_int4", "{a}", 'a', ""),
    ("int4range", "{r}", 'r', ""),
    ("anyarray", "{a}", 'a', ""),
    ("anyelement", "{i}", 'i', ""),
    ("anyrange", "{r}", 'r', ""),
    ("anyenum", "(CASE WHEN {b} THEN 'low'::mood ELSE 'mid' END)", 't', "::text"),
    ("anycompatiblearray", "{a}", 'a', ""),
    ("anycompatible", "{i}", 'i', ""),
    ("_text", "ARRAY[{t}, {t}]", 't', "::text"),
];

/// All of them, with what they give.
pub(super) async fn calls(connection: &mut PgConnection) -> Vec<(Type, String)> {
    let sql = "SELECT t.typname::text, quote_ident(p.proname), NULL, \
                      ARRAY(SELECT a.typname::text FROM unnest(p.proargtypes) WITH ORDINALITY o(oid, n) \
                            JOIN pg_type a ON a.oid = o.oid ORDER BY o.n) \
               FROM pg_proc p JOIN pg_type t ON t.oid = p.prorettype \
               WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND NOT p.proretset AND p.provolatile <> 'v' \
                 AND p.pronargs > 0 AND p.provariadic = 0 AND p.proname !~ '^(pg_|has_|row_security|txid_|inet|col_desc|obj_)' \
               UNION ALL \
               SELECT t.typname::text, NULL, o.oprname::text, ARRAY[l.typname::text, r.typname::text] \
               FROM pg_operator o JOIN pg_type t ON t.oid = o.oprresult JOIN pg_type l ON l.oid = o.oprleft \
               JOIN pg_type r ON r.oid = o.oprright WHERE o.oprnamespace = 'pg_catalog'::regnamespace ORDER BY 1, 2, 3, 4";
    let of = |name: &str| TYPES.iter().find(|(of, ..)| *of == name);
    let rows = sqlx::query(sql).fetch_all(connection).await.unwrap();
    let call = |row: &sqlx::postgres::PgRow| {
        let (result, name, operator): (String, Option<String>, Option<String>) =
            (row.get(0), row.get(1), row.get(2));
        let (_, _, gives, cast) = of(&result)?;
        let given: Option<Vec<&str>> =
            row.get::<Vec<String>, _>(3).iter().map(|name| of(name).map(|(_, given, ..)| *given)).collect();
        let given = given?;
        let call = match (name, operator) {
            (Some(name), _) => format!("pg_catalog.{name}({})", given.join(", ")),
            (None, operator) => format!("({} {} {})", given[0], operator?, given[1]),
        };
        Some((*gives, format!("{call}{cast}")))
    };
    rows.iter().filter_map(call).collect()
}
