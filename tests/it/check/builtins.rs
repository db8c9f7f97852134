//! The lists of PostgreSQL's own functions, types and words against a server's.

use rolewright_testkit::Database;

use super::fixture::Ground;

#[tokio::test]
async fn listed_functions_are_there_and_none_of_them_looks_around() {
    let db = Database::fresh().await;
    let listed: Vec<String> = rolewright_sessions::listed_builtins().into_iter().map(str::to_owned).collect();
    let known: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT proname::text FROM pg_proc WHERE oid < 16384 AND pronamespace = 'pg_catalog'::regnamespace",
    )
    .fetch_all(&db.core())
    .await
    .unwrap();
    // What only later majors have.
    let late = [
        "random_normal",
        "array_shuffle",
        "array_sample",
        "date_add",
        "date_subtract",
        "uuidv4",
        "uuidv7",
        "json_agg_strict",
        "jsonb_agg_strict",
        "json_object_agg_strict",
        "json_object_agg_unique",
        "json_object_agg_unique_strict",
        "jsonb_populate_record_valid",
    ];
    let missing: Vec<&String> =
        listed.iter().filter(|name| !known.contains(name) && !late.contains(&name.as_str())).collect();
    assert_eq!(missing, Vec::<&String>::new());
    db.drop().await;
}

#[tokio::test]
async fn no_type_of_a_catalogs_rows_is_open_and_no_other_type_is_taken_for_one() {
    let ground = Ground::new().await;
    let rows: Vec<String> = sqlx::query_scalar(
        "SELECT format('%I.%I', nspname, typname) FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace \
         WHERE t.oid < 10000 AND (typtype = 'c' OR (SELECT e.typtype = 'c' FROM pg_type e WHERE e.oid = t.typelem)) \
            OR t.oid BETWEEN 10000 AND 16383 AND nspname = 'pg_catalog' AND typname IN ('pg_aggregate', '_pg_operator', 'pg_views')",
    )
    .fetch_all(&ground.db.core())
    .await
    .unwrap();
    assert!(rows.len() > 12, "{rows:?}");
    for name in rows {
        let said = ground.said(&format!("SELECT NULL::{name}")).await;
        assert!(said.contains("the type of a catalog's rows"), "{name}: {said}");
    }
    let others: Vec<String> = sqlx::query_scalar(
        "SELECT typname::text FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace \
         WHERE t.oid BETWEEN 10000 AND 16383 AND typtype <> 'c' AND typelem = 0 AND nspname <> 'information_schema'",
    )
    .fetch_all(&ground.db.core())
    .await
    .unwrap();
    assert_eq!(others, Vec::<String>::new());
    ground.end().await;
}

/// Volatile functions that only compute: chance, the clock, and the sampling of a table's own rows.
const VOLATILE: &[&str] = &[
    "array_sample",
    "array_shuffle",
    "bernoulli",
    "clock_timestamp",
    "gen_random_uuid",
    "random",
    "random_normal",
    "system",
    "timeofday",
    "timezone",
    "uuidv4",
    "uuidv7",
];

/// Beginnings and parts of the names of functions that look at, or touch, the server's files, settings, sessions, catalogs, transactions
/// and other relations, or run a text that they are given.
const LOOKS: &[&str] = &[
    "^pg_",
    "^lo(_|read|write)",
    "^has_",
    "^inet_(client|server)",
    "^(current|set)_(setting|config|query|schemas)",
    "^txid_",
    "^dblink",
    "_to_xml",
    "^ts_(stat|rewrite_q|debug|parse|token_type)",
    "^(curr|last|next|set)val$",
    "_description$",
    "^to_reg",
    "^format_type$",
    "^get_current_ts",
    "^row_security",
    "^(binary_)?upgrade",
    "^brin_(summ|desumm)",
    "^gin_clean",
    "^query",
    "^cursor_",
    "^table_to",
    "^schema_",
    "^database_",
    "^oidvectortypes$",
    "^version$",
    "^getdatabase",
    "^setseed$",
    "advisory",
    "^mxid_age$",
    "^identify",
    "collation_actual",
    "^xml_is_well_formed_(f|l)",
    "stat_get",
    "^satisfies_",
    "^currtid",
    "^current_setting",
];

/// Types whose values name objects, or that are for the server alone.
const CLOSED: &[&str] = &[
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "aclitem",
    "xid",
    "cid",
    "refcursor",
    "pg_node_tree",
    "pg_ddl_command",
    "trigger",
    "event_trigger",
    "fdw_handler",
    "tsm_handler",
    "index_am_handler",
    "table_am_handler",
    "language_handler",
];

/// What is called like those that look, and computes from what it is given.
const COMPUTES: &[&str] = &[
    "pg_collation_for",
    "pg_column_size",
    "pg_lsn",
    "pg_lsn_mi",
    "pg_size_bytes",
    "pg_size_pretty",
    "pg_typeof",
];

/// Number, name, volatility and signature of a function; whether it is called like one that looks, has a closed type where no operator
/// or type would be of use without, and is a query of catalogs.
type Function = (i64, String, String, String, bool, bool, bool);

#[tokio::test]
async fn no_function_of_the_servers_own_is_open_that_does_more_than_compute() {
    let db = Database::fresh().await;
    // What takes or gives `internal` values cannot be called by a text. A value of a closed type has to be made before a function can
    // take it, and the check refuses that: what its type's own functions and comparisons (they are immutable) do with it is no matter.
    let all: Vec<Function> = sqlx::query_as(
        "SELECT p.oid::bigint, proname::text, provolatile::text, p.oid::regprocedure::text, proname ~ $1, \
                provolatile <> 'i' AND NOT EXISTS (SELECT FROM pg_operator o WHERE o.oprcode = p.oid) \
                    AND EXISTS (SELECT FROM unnest(p.proargtypes || p.prorettype) a JOIN pg_type t ON t.oid = a \
                        LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A' \
                        WHERE coalesce(e.typname, t.typname)::text = ANY ($2)), \
                prosrc ~* ' from pg_' \
         FROM pg_proc p WHERE pronamespace = 'pg_catalog'::regnamespace AND p.oid < 16384 \
            AND 2281 <> ALL (proargtypes) AND prorettype <> 2281 ORDER BY p.oid",
    )
    .bind(LOOKS.join("|"))
    .bind(CLOSED)
    .fetch_all(&db.core())
    .await
    .unwrap();
    assert!(all.len() > 2_400, "{}", all.len());
    let is_open =
        |of: &&Function| rolewright_sessions::opens_builtin(u32::try_from(of.0).unwrap(), &of.1, &of.2);
    let open: Vec<&Function> = all.iter().filter(is_open).collect();
    let wrong = open.iter().filter_map(|(_, name, volatility, signature, looks, closed, reads)| {
        let (clock, computes) = (VOLATILE.contains(&name.as_str()), COMPUTES.contains(&name.as_str()));
        let why = match volatility.as_str() {
            "v" if !clock => "is volatile",
            _ if *looks && !computes => "looks around",
            _ if *closed && !clock && !computes => "has a type that names objects",
            _ if *reads => "reads catalogs",
            _ => return None,
        };
        Some(format!("{signature} {why}"))
    });
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<String>::new());
    // Not by closing everything.
    assert!(open.len() > 1_500, "{}", open.len());
    db.drop().await;
}
