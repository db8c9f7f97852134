//! The lists of PostgreSQL's own functions and types against a server's.

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
