//! Removes what managed roles own: what an attack that was killed in the middle has left behind.

use rolewright_core::connect;
use sqlx::{Connection, PgConnection};

use super::{
    AttackError, own,
    restore::{DEFAULTS, OWNED, UNLINK},
};
use crate::stages::{self, Unlocked};

/// Whether the role owns anything here.
const OWNS: &str = "/* rolewright: attack tidy */ SELECT EXISTS (SELECT FROM pg_catalog.pg_shdepend \
     WHERE deptype = 'o' AND refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass \
       AND refobjid = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = SESSION_USER) \
       AND dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))";

/// Drops the attack's own schema; then logs in as each configured role, and drops what it owns, where it owns something. Its grants go with
/// that, and `apply` gives them again.
///
/// # Errors
/// When a role cannot log in, or something of its own cannot be dropped.
pub async fn tidy(unlocked: &Unlocked) -> Result<(), AttackError> {
    own::remove(unlocked.connected.core.get_postgres_connection_pool()).await?;
    let Some(secret) = unlocked.role_secret().await? else { return Ok(()) };
    for (connection, role) in &unlocked.connected.settings().roles {
        let request = stages::open_request(&unlocked.connected, connection, role, &secret);
        let login = connect::options(&request.server, &request.server.hosts[0], &role.role)
            .options([("default_transaction_read_only", "off"), ("statement_timeout", "60s")]);
        let failed = AttackError::database("logging in to remove what an attack has left");
        let mut conn = PgConnection::connect_with(&login).await.map_err(failed)?;
        let failed = AttackError::database("removing what an attack has left");
        for sql in [UNLINK, DEFAULTS] {
            sqlx::raw_sql(sql).execute(&mut conn).await.map_err(&failed)?;
        }
        // It would give the role's grants up, and where a grant is of columns alone PostgreSQL refuses that (42501).
        if sqlx::query_scalar(OWNS).fetch_one(&mut conn).await.map_err(&failed)? {
            sqlx::raw_sql(OWNED).execute(&mut conn).await.map_err(&failed)?;
        }
        let _ = conn.close().await;
    }
    Ok(())
}
