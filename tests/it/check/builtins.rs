//! The lists of PostgreSQL's own functions and types against a server's.

use rolewright_testkit::Database;

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
