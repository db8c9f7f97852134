//! What happens to a session between two reports: it is made as new, or thrown away.

use std::time::Duration;

use sqlx::{Connection, PgConnection};

/// Everything a query can leave in a session, undone in one message. The transaction ends with ROLLBACK, never COMMIT:
/// notifications, deferred triggers and large objects go with it. The role and the settings return to the login's.
const SCRUB: &str = "/* rolewright: scrub */ ROLLBACK; CLOSE ALL; UNLISTEN *; \
     SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES; \
     RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL";

/// How long a scrub may take; it takes a millisecond when the server is well.
const PATIENCE: Duration = Duration::from_secs(5);

/// Makes a session as new; `false` means it is to be thrown away.
pub(crate) async fn scrub(conn: &mut PgConnection) -> bool {
    let work = async {
        sqlx::raw_sql(SCRUB).execute(&mut *conn).await?;
        conn.clear_cached_statements().await
    };
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(_)) => true,
        Ok(Err(error)) => {
            tracing::debug!(sqlstate = ?error.as_database_error().and_then(|e| e.code()), "a session could not be scrubbed and is closed");
            false
        }
        Err(_) => false,
    }
}
