//! Makes a template, once for all processes that want it.

use std::error::Error;

use sqlx::{AssertSqlSafe, PgConnection};

use super::key::{Key, now};
use crate::{TestkitError, fixture, name, retry, url::ServerUrl};

/// How the comment begins that marks a template's role; the time it was made follows.
pub(crate) const ROLE_MARK: &str = "made by rolewright-testkit for a template at ";

/// Sees to it that the template is there.
///
/// Whoever makes it holds an advisory lock in the database every process connects to first; a template that is not
/// finished, because its maker was killed, is made anew. It is finished when it is marked as a template, in one statement, at the end.
pub(crate) async fn ensure<M, F, E>(server: &ServerUrl, key: &Key, migrate: &M) -> Result<(), TestkitError>
where
    M: Fn(String) -> F,
    F: Future<Output = Result<(), E>>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let mut admin = fixture::connect(&server.as_given()).await?;
    if is_ready(&mut admin, key).await? {
        return Ok(());
    }
    // The lock goes with the connection, however this ends.
    let lock = "/* rolewright-testkit: template */ SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended($1, 0))";
    sqlx::query(lock)
        .bind(&key.database)
        .execute(&mut admin)
        .await
        .map_err(|source| TestkitError::Fixture { step: "waiting for the template", source })?;
    if is_ready(&mut admin, key).await? {
        return Ok(());
    }
    let made = make(&mut admin, server, key, migrate).await;
    if made.is_err() {
        let _ = remove(&mut admin, &key.database).await;
    }
    made
}

async fn is_ready(admin: &mut PgConnection, key: &Key) -> Result<bool, TestkitError> {
    let sql = "/* rolewright-testkit: template */ SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1 AND datistemplate)";
    sqlx::query_scalar(sql)
        .bind(&key.database)
        .fetch_one(admin)
        .await
        .map_err(|source| TestkitError::Fixture { step: "looking for the template", source })
}

async fn make<M, F, E>(
    admin: &mut PgConnection,
    server: &ServerUrl,
    key: &Key,
    migrate: &M,
) -> Result<(), TestkitError>
where
    M: Fn(String) -> F,
    F: Future<Output = Result<(), E>>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let step = |source| TestkitError::Fixture { step: "making the template", source };
    let (database, role, password) = (&key.database, &key.role, name::fresh_password());
    remove(admin, database).await.map_err(step)?;
    for sql in [
        format!(
            "CREATE ROLE {role} LOGIN NOSUPERUSER CREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS PASSWORD '{password}'; \
             COMMENT ON ROLE {role} IS '{ROLE_MARK}{}'",
            now()
        ),
        format!("CREATE DATABASE {database} TEMPLATE template0 ENCODING 'UTF8'"),
        format!("GRANT CREATE ON DATABASE {database} TO {role}"),
    ] {
        retry::run(admin, &format!("/* rolewright-testkit: template */ {sql}")).await.map_err(step)?;
    }
    let mut inside = fixture::connect(&server.in_database(database)).await?;
    let own = format!("/* rolewright-testkit: template */ ALTER SCHEMA public OWNER TO {role}");
    retry::run(&mut inside, &own).await.map_err(step)?;
    let failed = |why: String| TestkitError::Template { name: key.name.clone(), why };
    migrate(server.login(role, &password, database)).await.map_err(|error| {
        let error: Box<dyn Error + Send + Sync> = error.into();
        failed(error.to_string())
    })?;
    if has_installation(&mut inside).await.map_err(step)? {
        return Err(failed(
            "Rolewright has remembered an installation in it, and that belongs to one database".into(),
        ));
    }
    drop(inside);
    // Its right on the database goes, so that a clone can drop what it owns without touching what is shared.
    for sql in [
        format!("REVOKE ALL ON DATABASE {database} FROM {role}; ALTER ROLE {role} NOLOGIN"),
        format!("ALTER DATABASE {database} ALLOW_CONNECTIONS false IS_TEMPLATE true"),
        // What the migration left connected would keep the template from being cloned.
        format!(
            "DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'; END $$"
        ),
    ] {
        retry::run(admin, &format!("/* rolewright-testkit: template */ {sql}")).await.map_err(step)?;
    }
    Ok(())
}

async fn has_installation(inside: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let there: bool = sqlx::query_scalar(
        "/* rolewright-testkit: template */ SELECT to_regclass('rolewright.installation') IS NOT NULL",
    )
    .fetch_one(&mut *inside)
    .await?;
    if !there {
        return Ok(false);
    }
    sqlx::query_scalar(
        "/* rolewright-testkit: template */ SELECT EXISTS (SELECT FROM rolewright.installation)",
    )
    .fetch_one(inside)
    .await
}

/// Removes a template, finished or not, and its role.
pub(crate) async fn remove(admin: &mut PgConnection, database: &str) -> Result<(), sqlx::Error> {
    let marked: Option<bool> = sqlx::query_scalar(
        "/* rolewright-testkit: template */ SELECT datistemplate FROM pg_catalog.pg_database WHERE datname = $1",
    )
    .bind(database)
    .fetch_optional(&mut *admin)
    .await?;
    // A database whose removal was interrupted bears no mark any more, and a statement that alters it would end the connection.
    if marked == Some(true) {
        let unmark =
            format!("/* rolewright-testkit: template */ ALTER DATABASE {database} IS_TEMPLATE false");
        retry::run(admin, &unmark).await?;
    }
    if marked.is_some() {
        let drop =
            format!("/* rolewright-testkit: template */ DROP DATABASE IF EXISTS {database} WITH (FORCE)");
        retry::run(admin, &drop).await?;
    }
    let role = format!("{database}_core");
    let known: bool = sqlx::query_scalar(AssertSqlSafe(
        "/* rolewright-testkit: template */ SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1)",
    ))
    .bind(&role)
    .fetch_one(&mut *admin)
    .await?;
    if known {
        let sql =
            format!("/* rolewright-testkit: template */ DROP OWNED BY {role} CASCADE; DROP ROLE {role}");
        retry::run(admin, &sql).await?;
    }
    Ok(())
}
