//! Removes what a test made.

use sqlx::{AssertSqlSafe, PgConnection};

use crate::{TestkitError, fixture, retry, url::ServerUrl};

/// Removes the database and every role of this prefix.
pub(crate) async fn remove(server: &ServerUrl, prefix: &str) -> Result<(), TestkitError> {
    let mut admin = fixture::connect(&server.as_given()).await?;
    remove_with(&mut admin, prefix)
        .await
        .map_err(|source| TestkitError::Fixture { step: "removing the database and its roles", source })
}

/// Does the same from a destructor: on a thread and a runtime of its own, because the test's may be gone or be this thread's.
pub(crate) fn remove_blocking(server: ServerUrl, prefix: String) {
    let work = move || {
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
            // Best effort: what stays behind is swept by a later run.
            let _ = runtime.block_on(remove(&server, &prefix));
        }
    };
    if let Ok(thread) = std::thread::Builder::new().name("testkit-drop".to_owned()).spawn(work) {
        let _ = thread.join();
    }
}

/// Does it on a connection that is there.
pub(crate) async fn remove_with(admin: &mut PgConnection, prefix: &str) -> Result<(), sqlx::Error> {
    let sql = format!("/* rolewright-testkit: drop */ DROP DATABASE IF EXISTS {prefix} WITH (FORCE)");
    retry::run(admin, &sql).await?;
    // Roles of tenants end with the prefix, which is the name of the test's module. There may be thousands, and each takes a lock.
    let tenants: Vec<String> =
        named(admin, "pg_catalog.right(rolname::text, pg_catalog.length($1) + 1) = '_' || $1", prefix)
            .await?;
    let (own, tenants): (Vec<String>, Vec<String>) =
        tenants.into_iter().partition(|name| name.starts_with('_'));
    for some in tenants.chunks(500) {
        retry::run(admin, &format!("/* rolewright-testkit: drop */ DROP ROLE {}", some.join(", "))).await?;
    }
    // The core role last: it carries the mark by which a later run would find an interrupted removal.
    let mut roles = own;
    roles.extend(named(admin, "pg_catalog.starts_with(rolname::text, $1 || '_')", prefix).await?);
    if roles.is_empty() {
        return Ok(());
    }
    // One statement, because on 16 and later a role that granted memberships cannot go before them. DROP OWNED takes
    // away what the roles hold on shared objects, such as other databases.
    let list = roles.join(", ");
    retry::run(
        admin,
        &format!("/* rolewright-testkit: drop */ DROP OWNED BY {list} CASCADE; DROP ROLE {list}"),
    )
    .await
}

async fn named(admin: &mut PgConnection, condition: &str, prefix: &str) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(AssertSqlSafe(format!(
        "/* rolewright-testkit: drop */ SELECT pg_catalog.quote_ident(rolname) FROM pg_catalog.pg_roles \
         WHERE {condition} ORDER BY rolname = $1 || '_core', rolname"
    )))
    .bind(prefix)
    .fetch_all(admin)
    .await
}
