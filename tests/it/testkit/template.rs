//! Databases cloned from a migrated template belong to the test's own core role, and the migration runs once.

use rolewright_testkit::{Database, Options, TestkitError};
use sqlx::{AssertSqlSafe, PgPool};

const SCHEMA: &str = "CREATE SCHEMA reporting; CREATE TABLE public.patients (id bigint PRIMARY KEY, name text); \
     INSERT INTO public.patients VALUES (1, 'Ada'); CREATE VIEW reporting.names AS SELECT name FROM public.patients; \
     CREATE FUNCTION public.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; \
     REVOKE EXECUTE ON FUNCTION public.f() FROM PUBLIC; GRANT SELECT ON reporting.names TO PUBLIC; \
     ALTER DEFAULT PRIVILEGES IN SCHEMA reporting GRANT SELECT ON TABLES TO PUBLIC; \
     ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC";

async fn migrate(url: String) -> Result<(), sqlx::Error> {
    let pool = PgPool::connect(&url).await?;
    sqlx::raw_sql(SCHEMA).execute(&pool).await?;
    // Left open on purpose: a migration that forgets to close its pool must not keep the template from being cloned.
    std::mem::forget(pool);
    Ok(())
}

async fn ask<T>(pool: &PgPool, sql: &str) -> T
where
    T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn everything_in_a_clone_is_the_core_roles() {
    let db = Database::from_template("owners", migrate).await;
    let core = db.core();
    assert_eq!(ask::<String>(&core, "SELECT name FROM reporting.names").await, "Ada");
    sqlx::raw_sql(
        "ALTER TABLE public.patients ADD note text; DROP VIEW reporting.names; DROP FUNCTION public.f()",
    )
    .execute(&core)
    .await
    .unwrap();
    let foreign = "SELECT count(*) FROM pg_shdepend d WHERE d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) \
                   AND d.refclassid = 'pg_authid'::regclass AND d.refobjid::regrole::text LIKE 'tt\\_%'";
    assert_eq!(
        ask::<i64>(&db.admin(), foreign).await,
        0,
        "nothing in the clone depends on the template's role"
    );
    db.drop().await;
}

#[tokio::test]
async fn rights_and_default_privileges_come_along() {
    let db = Database::from_template("rights", migrate).await;
    let (core, app) = (db.core(), db.app());
    let sql = format!(
        "CREATE ROLE {app}_reader; CREATE TABLE reporting.later (n int); CREATE FUNCTION public.g() RETURNS int LANGUAGE sql AS 'SELECT 2'"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&core).await.unwrap();
    for (what, wanted) in [
        ("has_table_privilege('{r}', 'reporting.names', 'SELECT')", true),
        ("has_table_privilege('{r}', 'reporting.later', 'SELECT')", true),
        ("has_table_privilege('{r}', 'public.patients', 'SELECT')", false),
        ("has_function_privilege('{r}', 'public.f()', 'EXECUTE')", false),
        ("has_function_privilege('{r}', 'public.g()', 'EXECUTE')", false),
        (
            "has_function_privilege('{r}'::text, 'public.g()', 'EXECUTE') OR has_function_privilege('public.g()', 'EXECUTE')",
            true,
        ),
    ] {
        let sql = format!("SELECT {}", what.replace("{r}", &format!("{app}_reader")));
        assert_eq!(ask::<bool>(&core, &sql).await, wanted, "{what}");
    }
    db.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_migration_runs_once_however_many_ask_at_once() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let name = format!("once {}", std::process::id());
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let name = name.clone();
            tokio::spawn(async move {
                Database::from_template(&name, |url| async {
                    RUNS.fetch_add(1, Ordering::SeqCst);
                    migrate(url).await
                })
                .await
            })
        })
        .collect();
    let mut apps = Vec::new();
    for task in tasks {
        let db = task.await.unwrap();
        assert_eq!(ask::<i64>(&db.core(), "SELECT count(*) FROM public.patients").await, 1);
        apps.push(db.app());
        db.drop().await;
    }
    apps.dedup();
    assert_eq!((RUNS.load(Ordering::SeqCst), apps.len()), (1, 6));
}

#[tokio::test]
async fn clones_do_not_see_each_other() {
    let one = Database::from_template("apart", migrate).await;
    let other = Database::from_template("apart", migrate).await;
    sqlx::query("DELETE FROM public.patients").execute(&one.core()).await.unwrap();
    assert_eq!(ask::<i64>(&other.core(), "SELECT count(*) FROM public.patients").await, 1);
}

#[tokio::test]
async fn a_migration_that_fails_is_said_and_tried_again() {
    let name = format!("fails {}", std::process::id());
    let failing = |_: String| async { Err::<(), _>("the third migration is broken") };
    let error = Database::try_from_template(&name, Options::new(), failing).await.unwrap_err();
    assert!(error.to_string().contains("the third migration is broken"), "{error}");
    let db = Database::try_from_template(&name, Options::new(), migrate).await.unwrap();
    assert_eq!(ask::<i64>(&db.core(), "SELECT count(*) FROM public.patients").await, 1);
}

#[tokio::test]
async fn an_installation_belongs_to_one_database_and_is_no_template() {
    let install = |url: String| async move {
        let pool = PgPool::connect(&url).await?;
        let sql = "CREATE SCHEMA rolewright; CREATE TABLE rolewright.installation (database text); \
                   INSERT INTO rolewright.installation VALUES (current_database())";
        sqlx::raw_sql(sql).execute(&pool).await?;
        Ok::<(), sqlx::Error>(())
    };
    let error = Database::try_from_template("installed", Options::new(), install).await.unwrap_err();
    assert!(matches!(&error, TestkitError::Template { why, .. } if why.contains("installation")), "{error}");
}

#[tokio::test]
async fn rights_and_settings_of_the_database_come_along() {
    let name = format!("database {}", std::process::id());
    let admin = Database::fresh().await;
    let admin_url = admin.admin_url();
    let set = |url: String| {
        let admin_url = admin_url.clone();
        async move {
            let database = url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
            let pool = PgPool::connect(&admin_url).await?;
            let sql = format!(
                "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC; ALTER DATABASE {database} SET search_path = reporting, public"
            );
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&pool).await?;
            pool.close().await;
            migrate(url).await
        }
    };
    let db = Database::try_from_template(&name, Options::new(), set).await.unwrap();
    assert_eq!(ask::<String>(&db.core(), "SHOW search_path").await, "reporting, public");
    let public = "SELECT EXISTS (SELECT FROM pg_database d, aclexplode(d.datacl) a WHERE d.datname = current_database() \
                  AND a.grantee = 0 AND a.privilege_type = 'TEMPORARY')";
    assert!(!ask::<bool>(&db.core(), public).await);
}
