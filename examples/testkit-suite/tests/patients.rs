//! How an application's own suite uses rolewright-testkit: migrated once, a database and a non-superuser core role for each test.
//!
//! `cargo test` finds or starts a PostgreSQL by itself. To have one server for the whole run, removed at its end:
//! `rolewright-test-server --pg 17 -- cargo test`.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use rolewright_testkit::{Database, Options};
use sqlx::PgPool;
use testkit_suite_example::{admit, migrate};

/// A clone of the template that the first test migrates; every test of this program shares the template.
async fn clinic() -> Database {
    Database::from_template("clinic", |url| async move {
        let pool = PgPool::connect(&url).await?;
        migrate(&pool).await?;
        pool.close().await;
        Ok::<(), sqlx::Error>(())
    })
    .await
}

#[tokio::test]
async fn numbers_begin_with_one_in_every_test() {
    let db = clinic().await;
    assert_eq!(admit(&db.core(), "Ada").await.unwrap(), 1);
    assert_eq!(admit(&db.core(), "Grace").await.unwrap(), 2);
    // Not needed, since it goes with the value; but so it goes now.
    db.drop().await;
}

#[tokio::test]
async fn another_test_has_its_own_numbers() {
    let db = clinic().await;
    assert_eq!(admit(&db.core(), "Barbara").await.unwrap(), 1);
}

#[tokio::test]
async fn a_role_with_the_tests_own_prefix_reads_and_no_more() {
    let db = clinic().await;
    let (core, app) = (db.core(), db.app());
    let role = format!("CREATE ROLE {app}_reader; GRANT SELECT ON public.patients TO {app}_reader");
    sqlx::raw_sql(sqlx::AssertSqlSafe(role)).execute(&core).await.unwrap();
    let rights: (bool, bool) = sqlx::query_as(
        "SELECT has_table_privilege($1, 'public.patients', 'SELECT'), has_table_privilege($1, 'public.patients', 'INSERT')",
    )
    .bind(format!("{app}_reader"))
    .fetch_one(&core)
    .await
    .unwrap();
    assert_eq!(rights, (true, false));
}

#[tokio::test]
async fn a_missing_right_is_an_error_of_the_databases() {
    let db = Database::with(Options::new().without_public()).await;
    let error = migrate(&db.core()).await.unwrap_err();
    assert_eq!(error.as_database_error().and_then(|e| e.code()).unwrap(), "42501");
}
