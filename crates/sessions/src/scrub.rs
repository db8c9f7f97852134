//! What happens to a session between two reports: it is made as new, or thrown away.

use std::time::Duration;

use tokio_postgres::Client;

/// How long a scrub may take; it takes a millisecond when the server is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Makes a session as new; `false` means it is to be thrown away. The transaction ends with ROLLBACK, never COMMIT:
/// notifications, deferred triggers and large objects go with it.
pub(crate) async fn scrub(client: &Client) -> bool {
    let scrub = format!("/* rolewright: scrub */ ROLLBACK; {}", undo());
    match tokio::time::timeout(PATIENCE, client.batch_execute(&scrub)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::debug!(sqlstate = ?error.code(), "a session could not be scrubbed and is closed");
            false
        }
        Err(_) => false,
    }
}

/// Everything that work can leave in a session once its transaction has ended, undone in one message. The role and the
/// settings return to the login's.
///
/// `setseed` has no undoing but another seed, which nobody knows.
pub(crate) fn undo() -> String {
    format!(
        "CLOSE ALL; UNLISTEN *; SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES; \
         RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; SELECT pg_catalog.setseed({})",
        seed()
    )
}

/// A number between -1 and 1.
fn seed() -> f64 {
    let bits = uuid::Uuid::new_v4().as_u64_pair().0 as u32;
    f64::from(bits) / f64::from(u32::MAX) * 2.0 - 1.0
}
