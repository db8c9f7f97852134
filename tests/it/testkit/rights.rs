//! The core role has what Rolewright asks for, and no more.

use rolewright_testkit::{Database, Options};
use sqlx::Row as _;

#[tokio::test]
async fn the_core_role_is_no_superuser() {
    let db = Database::fresh().await;
    let row = sqlx::query(
        "SELECT current_user::text, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, \
         has_database_privilege(current_database(), 'CREATE'), \
         (SELECT nspowner = r.oid FROM pg_namespace WHERE nspname = 'public'), \
         (SELECT datdba <> r.oid FROM pg_database WHERE datname = current_database()), \
         (SELECT count(*) FROM pg_auth_members WHERE member = r.oid) \
         FROM pg_roles r WHERE rolname = current_user",
    )
    .fetch_one(&db.core())
    .await
    .unwrap();
    assert_eq!(row.get::<String, _>(0), db.core_role());
    let rights: Vec<bool> = (1..9).map(|i| row.get(i)).collect();
    assert_eq!(rights, [false, true, false, false, false, true, true, true]);
    assert_eq!(row.get::<i64, _>(9), 0, "the core role is a member of nothing");
    db.drop().await;
}

#[tokio::test]
async fn the_core_role_cannot_do_what_only_a_superuser_may() {
    let db = Database::fresh().await;
    for (sql, code) in [
        ("SELECT rolpassword FROM pg_authid", "42501"),
        ("CREATE DATABASE nope", "42501"),
        ("SELECT pg_read_file('PG_VERSION')", "42501"),
        ("ALTER SYSTEM SET work_mem = '1MB'", "42501"),
    ] {
        let error = sqlx::query(sql).execute(&db.core()).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), code, "{sql}");
    }
}

#[tokio::test]
async fn the_core_role_makes_schemas_tables_and_roles() {
    let db = Database::fresh().await;
    let app = db.app();
    for sql in [
        "CREATE SCHEMA reporting".to_owned(),
        "CREATE TABLE public.t (id int)".to_owned(),
        format!("CREATE ROLE {app}_reporting LOGIN"),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&db.core()).await.unwrap();
    }
}

#[tokio::test]
async fn options_take_rights_away() {
    let options = Options::new().without_create_role().without_create_on_database().without_public();
    let db = Database::with(options.connection_limit(7).setting("statement_timeout = '17s'")).await;
    for sql in [format!("CREATE ROLE {}_x", db.app()), "CREATE SCHEMA s".to_owned()] {
        let error = sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&db.core()).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), "42501");
    }
    let (timeout, limit): (String, i32) = sqlx::query_as(
        "SELECT current_setting('statement_timeout'), (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user)",
    )
    .fetch_one(&db.core())
    .await
    .unwrap();
    assert_eq!((timeout.as_str(), limit), ("17s", 7));
}
