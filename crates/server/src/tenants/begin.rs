//! A transaction as a tenant, on the module's login.

use rolewright_core::Ident;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};

use super::TenantError;

/// Ends the session itself, so that its pool makes another one.
const END: &str =
    "/* rolewright: tenant */ ROLLBACK; SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())";

/// Begins a transaction as a tenant, in its schema; where that is refused, once more in a new session.
///
/// PostgreSQL keeps a list of the roles that a session may become. One that was put together while a membership was committed may lack that
/// one, and is kept as good until the next change of any role: the session, and no other, would be refused what was just given.
pub(super) async fn begin_as(
    pool: &DatabaseConnection,
    role: &str,
) -> Result<DatabaseTransaction, TenantError> {
    match begin(pool, role).await {
        Err(TenantError::Denied { .. }) => begin(pool, role).await,
        outcome => outcome,
    }
}

async fn begin(pool: &DatabaseConnection, role: &str) -> Result<DatabaseTransaction, TenantError> {
    let failed = TenantError::db("act as the tenant");
    let role = Ident::new(role).map(|role| role.quoted()).unwrap_or_default();
    let transaction = pool.begin().await.map_err(&failed)?;
    let sql =
        format!("/* rolewright: tenant */ SET LOCAL ROLE {role}; SET LOCAL search_path = {role}, pg_temp");
    let why = match transaction.execute_unprepared(&sql).await {
        Ok(_) => return Ok(transaction),
        Err(why) => failed(why),
    };
    if matches!(why, TenantError::Denied { .. }) {
        // It says that it was ended.
        let _ = transaction.execute_unprepared(END).await;
    }
    Err(why)
}
