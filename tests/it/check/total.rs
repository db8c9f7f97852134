//! The server's own functions that the check knows by number are those that are meant, on each major.

use rolewright_testkit::Database;

/// Support functions of which it is known what they put in the place of a call: only those of ranges something without the column that it is given.
const SUPPORTED: [&str; 20] = [
    "array_append_support",
    "array_prepend_support",
    "array_subscript_handler_support",
    "elem_contained_by_range_support",
    "interval_support",
    "jsonb_subscript_handler_support",
    "network_subset_support",
    "numeric_support",
    "range_contains_elem_support",
    "raw_array_subscript_handler_support",
    "text_starts_with_support",
    "texticlike_support",
    "texticregexeq_support",
    "textlike_support",
    "textregexeq_support",
    "time_support",
    "timestamp_support",
    "timetz_support",
    "varbit_support",
    "varchar_support",
];

#[tokio::test]
async fn functions_that_fail_for_no_value_are_those_that_are_meant() {
    let db = Database::fresh().await;
    for (oid, name) in rolewright_sessions::total_builtins() {
        let found: Option<String> =
            sqlx::query_scalar("SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.oid = $1::int8::oid AND p.provolatile <> 'v'")
                .bind(i64::from(oid))
                .fetch_optional(&db.core())
                .await
                .unwrap();
        let same = |name: &str| {
            name.replace('"', "").replace("bpchar(", "character(").replace("(bpchar", "(character")
        };
        assert_eq!(same(&found.unwrap_or_default()), same(name), "{oid}");
    }
    let zones: Vec<String> =
        sqlx::query_scalar("SELECT name FROM pg_timezone_names").fetch_all(&db.core()).await.unwrap();
    for zone in rolewright_sessions::time_zones() {
        assert!(zones.iter().any(|name| name == zone), "{zone}");
    }
    // What a support function puts in the place of a call may have nothing of what that is given: of each it is known.
    let supported: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT p.prosupport::text FROM pg_proc p WHERE p.prosupport <> 0 AND p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND NOT p.proretset",
    )
    .fetch_all(&db.core())
    .await
    .unwrap();
    for support in supported {
        assert!(
            SUPPORTED.contains(&support.as_str()),
            "it is not known what {support} puts in the place of a call"
        );
    }
    db.drop().await;
}
