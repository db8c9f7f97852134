//! A database and its roles go with the value, whatever the test left in them.

use rolewright_testkit::Database;
use sqlx::{AssertSqlSafe, PgPool};

async fn left_of(prefix: &str, watcher: &PgPool) -> i64 {
    sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM pg_database WHERE datname = $1) \
         + (SELECT count(*) FROM pg_roles WHERE starts_with(rolname::text, $1))",
    )
    .bind(prefix)
    .fetch_one(watcher)
    .await
    .unwrap()
}

/// Roles that hold on to things: grants, default privileges, settings, memberships, and a right on another database.
async fn litter(db: &Database, other: &Database) {
    let (app, elsewhere) = (db.app(), other.name());
    let sql = format!(
        "CREATE ROLE {app}_a LOGIN; CREATE ROLE {app}_b; GRANT {app}_b TO {app}_a; CREATE TABLE public.t (id int); \
         GRANT SELECT ON public.t TO {app}_a; ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {app}_b; \
         ALTER ROLE {app}_a SET search_path = public; ALTER ROLE {app}_a IN DATABASE {db} SET work_mem = '5MB'",
        db = db.name()
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&db.core()).await.unwrap();
    let sql = format!("GRANT CREATE ON DATABASE {elsewhere} TO {app}_a");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&db.admin()).await.unwrap();
}

#[tokio::test]
async fn drop_removes_database_and_roles() {
    let (db, watcher) = (Database::fresh().await, Database::fresh().await);
    litter(&db, &watcher).await;
    let prefix = db.app();
    assert_eq!(left_of(&prefix, &watcher.admin()).await, 4);
    db.drop().await;
    assert_eq!(left_of(&prefix, &watcher.admin()).await, 0);
}

#[tokio::test]
async fn going_out_of_scope_removes_them_too_with_connections_open() {
    let watcher = Database::fresh().await;
    let prefix;
    {
        let db = Database::fresh().await;
        litter(&db, &watcher).await;
        prefix = db.app();
    }
    assert_eq!(left_of(&prefix, &watcher.admin()).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_made_and_dropped_at_once() {
    let watcher = Database::fresh().await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            tokio::spawn(async {
                let db = Database::fresh().await;
                let app = db.app();
                let sql = format!("CREATE ROLE {app}_x; GRANT CREATE ON SCHEMA public TO {app}_x");
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&db.core()).await.unwrap();
                db.drop().await;
                app
            })
        })
        .collect();
    for task in tasks {
        let prefix = task.await.unwrap();
        assert_eq!(left_of(&prefix, &watcher.admin()).await, 0);
    }
}
