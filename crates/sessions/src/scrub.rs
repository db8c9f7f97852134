//! What happens to a session between two reports: it is made as new, or thrown away.

use std::time::Duration;

use tokio_postgres::Client;

/// Everything a query can leave in a session, undone in one message. The transaction ends with ROLLBACK, never COMMIT:
/// notifications, deferred triggers and large objects go with it. The role and the settings return to the login's.
const SCRUB: &str = "/* rolewright: scrub */ ROLLBACK; CLOSE ALL; UNLISTEN *; \
     SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES; \
     RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL";

/// How long a scrub may take; it takes a millisecond when the server is well.
const PATIENCE: Duration = Duration::from_secs(5);

/// Makes a session as new; `false` means it is to be thrown away.
pub(crate) async fn scrub(client: &Client) -> bool {
    match tokio::time::timeout(PATIENCE, client.batch_execute(SCRUB)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::debug!(sqlstate = ?error.code(), "a session could not be scrubbed and is closed");
            false
        }
        Err(_) => false,
    }
}
