//! Removes what managed roles own: what an attack that was killed in the middle has left behind.

use rolewright_core::connect;
use sqlx::{Connection, PgConnection};

use super::{
    AttackError,
    restore::{DEFAULTS, OWNED, UNLINK},
};
use crate::stages::{self, Unlocked};

/// Logs in as each configured role, and drops what it owns. Its grants go with that, and `apply` gives them again.
///
/// # Errors
/// When a role cannot log in, or something of its own cannot be dropped.
pub async fn tidy(unlocked: &Unlocked) -> Result<(), AttackError> {
    let Some(secret) = unlocked.role_secret().await? else { return Ok(()) };
    for (connection, role) in &unlocked.connected.settings().roles {
        let request = stages::open_request(&unlocked.connected, connection, role, &secret);
        let login = connect::options(&request.server, &request.server.hosts[0], &role.role)
            .options([("default_transaction_read_only", "off"), ("statement_timeout", "60s")]);
        let failed = AttackError::database("logging in to remove what an attack has left");
        let mut conn = PgConnection::connect_with(&login).await.map_err(failed)?;
        for sql in [UNLINK, DEFAULTS, OWNED] {
            let failed = AttackError::database("removing what an attack has left");
            sqlx::raw_sql(sql).execute(&mut conn).await.map_err(failed)?;
        }
        let _ = conn.close().await;
    }
    Ok(())
}
