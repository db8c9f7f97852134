//! What is pending in a tenant: asked of notes in the tenant's own schema, and so of what the tenant may have made of them.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use super::TenantError;
use crate::HostMigrations;

/// What is asked runs no policy of the tenant's, and nothing else of its for ever.
const GUARD: &str = "/* rolewright: tenant migrations */ SAVEPOINT asked; SET LOCAL row_security = off; SET LOCAL statement_timeout = '10s'";
const UNGUARD: &str =
    "/* rolewright: tenant migrations */ ROLLBACK TO SAVEPOINT asked; RELEASE SAVEPOINT asked";

/// The names of what is pending. The transaction, which acts as the tenant, is as it was, unless this fails, or nothing is: then nobody has
/// any further use for it.
pub(super) async fn asked(
    transaction: &DatabaseTransaction,
    migrations: &dyn HostMigrations,
) -> Result<Vec<String>, DbErr> {
    transaction.execute_unprepared(GUARD).await?;
    let pending = migrations.pending(transaction).await?;
    if !pending.is_empty() {
        transaction.execute_unprepared(UNGUARD).await?;
    }
    Ok(pending)
}

/// The same, with a failure in words of its own: nothing was run, and nothing rolled back.
pub(super) async fn ask(
    transaction: &DatabaseTransaction,
    migrations: &dyn HostMigrations,
) -> Result<Vec<String>, TenantError> {
    asked(transaction, migrations).await.map_err(TenantError::Pending)
}
