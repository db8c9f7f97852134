//! Repeats a statement that collided with another test's on the cluster's shared catalogs.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

/// SQLSTATEs of collisions between parallel tests: the catalogs' own races, deadlocks, lock timeouts, and a template
/// database that is in use for a moment.
const PASSING: [&str; 6] = ["XX000", "40001", "40P01", "55P03", "55006", "23505"];

const ATTEMPTS: u32 = 12;

/// Runs the SQL as one simple-protocol message, again when it fails with a collision, up to twelve times.
pub(crate) async fn run(connection: &mut PgConnection, sql: &str) -> Result<(), sqlx::Error> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        match connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await {
            Ok(_) => return Ok(()),
            Err(error) if attempt < ATTEMPTS && is_passing(&error) => {
                // A random part, so that two that collided do not collide again.
                let jitter = u64::from(uuid::Uuid::new_v4().as_bytes()[0]);
                tokio::time::sleep(Duration::from_millis(20 * u64::from(attempt) + jitter)).await;
            }
            Err(error) => return Err(error),
        }
    }
}

fn is_passing(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|e| e.code()).is_some_and(|code| PASSING.contains(&code.as_ref()))
}
