//! Removes what runs that were killed hours ago left behind.

use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::{Connection as _, PgConnection};

use crate::{cleanup, fixture, name, template, url::ServerUrl};

/// Left-overs are removed when they are older than this, in seconds: longer than any suite runs.
const LEFT_BEHIND_AFTER: u64 = 6 * 60 * 60;

/// Once per process. Best effort.
pub(crate) async fn once(server: &ServerUrl) {
    static SWEPT: AtomicBool = AtomicBool::new(false);
    if !SWEPT.swap(true, Ordering::Relaxed) {
        sweep(server).await;
    }
}

/// On a connection of its own, because a statement about a database that another process is removing can end the connection; and one
/// process at a time, the others do not wait for it.
async fn sweep(server: &ServerUrl) {
    let Ok(mut admin) = fixture::connect(&server.as_given()).await else { return };
    // The lock goes with the connection, however this ends.
    let first = sqlx::query_scalar(
        "/* rolewright-testkit: sweep */ SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended('rolewright-testkit: sweep', 0))",
    );
    if first.fetch_one(&mut admin).await.unwrap_or(false) {
        databases(&mut admin).await;
        templates(&mut admin).await;
    }
    let _ = admin.close().await;
}

async fn databases(admin: &mut PgConnection) {
    let marked: Result<Vec<String>, _> = sqlx::query_scalar(
        "/* rolewright-testkit: sweep */ SELECT rolname::text FROM pg_catalog.pg_roles \
         WHERE pg_catalog.shobj_description(oid, 'pg_authid') = $1",
    )
    .bind(fixture::MARK)
    .fetch_all(&mut *admin)
    .await;
    for core_role in marked.unwrap_or_default() {
        let Some(prefix) = core_role.strip_suffix("_core") else { continue };
        if name::age_seconds(prefix).is_some_and(|age| age > LEFT_BEHIND_AFTER) {
            let _ = cleanup::remove_with(admin, prefix).await;
        }
    }
}

async fn templates(admin: &mut PgConnection) {
    let marked: Result<Vec<(String, String)>, _> = sqlx::query_as(
        "/* rolewright-testkit: sweep */ SELECT rolname::text, pg_catalog.substr(pg_catalog.shobj_description(oid, 'pg_authid'), pg_catalog.length($1) + 1) \
         FROM pg_catalog.pg_roles WHERE pg_catalog.starts_with(pg_catalog.shobj_description(oid, 'pg_authid'), $1)",
    )
    .bind(template::ROLE_MARK)
    .fetch_all(&mut *admin)
    .await;
    for (role, made) in marked.unwrap_or_default() {
        let Some(database) = role.strip_suffix("_core") else { continue };
        if made.parse().is_ok_and(template::is_old) {
            let _ = template::remove(admin, database).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::task::JoinSet;

    use super::*;
    use crate::{retry, server::Server};

    /// What a run left that was killed hours ago: a finished template, one whose removal was interrupted, and a role whose database is gone.
    async fn leave(admin: &mut PgConnection, at: u64) -> [String; 3] {
        let names = [(); 3].map(|()| format!("tt_{}", name::fresh_prefix().trim_start_matches("t_")));
        for (name, sql) in [
            (&names[0], "UPDATE pg_database SET datistemplate = true WHERE datname = "),
            // What an interrupted DROP DATABASE leaves, since the versions of August 2023.
            (&names[1], "UPDATE pg_database SET datconnlimit = -2 WHERE datname = "),
        ] {
            retry::run(admin, &format!("CREATE DATABASE {name} TEMPLATE template0")).await.unwrap();
            retry::run(admin, &format!("{sql}'{name}'")).await.unwrap();
        }
        // The roles last: a test process that begins now may sweep, and finds what is left by them.
        for name in &names {
            let sql = format!(
                "CREATE ROLE {name}_core; COMMENT ON ROLE {name}_core IS '{}{at}'",
                template::ROLE_MARK
            );
            retry::run(admin, &sql).await.unwrap();
        }
        names
    }

    async fn still_there(admin: &mut PgConnection, names: &[String; 3]) -> Vec<String> {
        let sql = "SELECT datname::text FROM pg_database WHERE datname = ANY ($1) UNION ALL \
                   SELECT rolname::text FROM pg_roles WHERE pg_catalog.regexp_replace(rolname, '_core$', '') = ANY ($1)";
        sqlx::query_scalar(sql).bind(names.as_slice()).fetch_all(admin).await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn many_sweep_at_once_and_nobody_is_in_the_way() {
        let server = &Server::shared().await.unwrap().url;
        let mut admin = fixture::connect(&server.as_given()).await.unwrap();
        let old = leave(&mut admin, 1).await;
        let fresh = leave(&mut admin, template::now()).await;
        // Again, because a test process that begins now may be the one that sweeps, with a list from before.
        for _ in 0..50 {
            let mut sweeps = JoinSet::new();
            for _ in 0..8 {
                let server = server.clone();
                sweeps.spawn(async move { sweep(&server).await });
            }
            sweeps.join_all().await;
            if still_there(&mut admin, &old).await.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(still_there(&mut admin, &old).await, [""; 0]);
        assert_eq!(still_there(&mut admin, &fresh).await.len(), 5, "of a run that may be under way");
        for name in &fresh {
            template::remove(&mut admin, name).await.unwrap();
        }
        assert_eq!(still_there(&mut admin, &fresh).await, [""; 0]);
    }
}
