//! The table itself: what the migrations make, and for whom.

use sea_orm::ConnectionTrait;
use sea_orm_migration::MigratorTrait;
use sqlx::Row;

use super::fixture::{Fixture, Migrator};

#[tokio::test]
async fn the_migrations_are_done_once_and_say_what_the_tables_are_for() {
    let f = Fixture::fresh().await;
    f.c.execute_unprepared("SELECT 1").await.unwrap();
    let row = sqlx::query(
        "SELECT obj_description('rolewright.local_system_secrets'::regclass) AS secrets, \
         obj_description('rolewright.installation'::regclass) AS installation",
    )
    .fetch_one(&f.db.core())
    .await
    .unwrap();
    assert!(row.get::<String, _>("secrets").contains("sealed"));
    assert!(row.get::<String, _>("installation").contains("installation"));
    assert_eq!(Migrator::migrations().len(), 3);
    let names: Vec<String> = Migrator::migrations().iter().map(|m| m.name().to_owned()).collect();
    let all = [
        "m20261122_000001_installation",
        "m20261122_000002_local_system_secrets",
        "m20261130_000003_installation_previous",
    ];
    assert_eq!(names, all);
}

#[tokio::test]
async fn nobody_but_the_owner_may_read_it() {
    let f = Fixture::fresh().await;
    let role = format!("{}_reader", f.db.app());
    f.core(&format!("CREATE ROLE {role}; GRANT USAGE ON SCHEMA rolewright TO {role}")).await;
    for table in ["local_system_secrets", "installation"] {
        let allowed: bool =
            sqlx::query_scalar("SELECT has_table_privilege($1, 'rolewright.' || $2, 'SELECT')")
                .bind(&role)
                .bind(table)
                .fetch_one(&f.db.core())
                .await
                .unwrap();
        assert!(!allowed, "{table}");
    }
}

#[tokio::test]
async fn the_constraints_hold() {
    let f = Fixture::fresh().await;
    for (sql, code) in [
        ("INSERT INTO rolewright.local_system_secrets (key, value) VALUES ('', 'x')", "23514"),
        ("INSERT INTO rolewright.local_system_secrets (key, value) VALUES (repeat('x', 201), 'x')", "23514"),
        ("INSERT INTO rolewright.local_system_secrets (key, value) VALUES ('x', NULL)", "23502"),
        (
            "INSERT INTO rolewright.installation (singleton, id, system_identifier, database) \
             VALUES (false, gen_random_uuid(), '1', 'x')",
            "23514",
        ),
        (
            "INSERT INTO rolewright.installation (id, system_identifier, database) \
             VALUES (gen_random_uuid(), '1', 'x')",
            "23505",
        ),
    ] {
        let error = sqlx::query(sql).execute(&f.db.core()).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), code, "{sql}");
    }
}
