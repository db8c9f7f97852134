//! What a tenant has put together by the ten thousand on one thing, or in no table at all: taken apart in batches, where dropping that thing
//! with all of it needs more locks than the server has.

use sea_orm::{ConnectionTrait, Statement};

use super::{
    super::Tenants,
    empty::{AT_ONCE, Failed, Hands, ROUNDS},
};

/// What can go by itself, as statements.
const APART: &str = include_str!("apart.sql");

impl Tenants<'_> {
    /// Drops what hangs on something else, or on nothing, by itself; gives how many that were. Nothing goes with them: on each nothing hangs.
    pub(super) async fn take_apart(&self, hands: &Hands, role: &str) -> Result<usize, Failed> {
        let mut dropped = 0;
        for _ in 0..ROUNDS {
            let transaction = self.begin_drop(hands, role).await?;
            let backend = transaction.get_database_backend();
            let statement = Statement::from_sql_and_values(backend, APART, [role.into(), AT_ONCE.into()]);
            let rows = transaction.query_all_raw(statement).await?;
            let parts: Vec<String> =
                rows.iter().map(|row| row.try_get("", "statement")).collect::<Result<_, _>>()?;
            if parts.is_empty() {
                break;
            }
            let sql = format!("/* rolewright: tenant purge */ {}", parts.join("; "));
            transaction.execute_unprepared(&sql).await?;
            transaction.commit().await?;
            dropped += parts.len();
        }
        Ok(dropped)
    }
}
