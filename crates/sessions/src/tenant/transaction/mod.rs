//! A tenant's open transaction, as the work inside sees it.

use std::{fmt, sync::Arc};

use rolewright_core::TenantId;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};
use tokio::sync::Mutex;

use super::pool::Taken;

mod access;
mod executor;
mod nested;
mod savepoints;

pub use access::Access;
use savepoints::Savepoints;

/// An open transaction of one tenant. Entities and raw statements of sea-orm run on it, since it is a
/// [`ConnectionTrait`](sea_orm::ConnectionTrait); a nested one ([`TransactionTrait`](sea_orm::TransactionTrait)) is a savepoint.
///
/// It ends with the work that it was handed to. A nested one that is kept beyond the end of that work refuses every statement; nothing of
/// what it is nested in is committed where the work was cut short.
pub struct TenantTransaction {
    tenant: TenantId,
    /// The savepoint it is; absent for the transaction itself.
    savepoint: Option<u32>,
    shared: Arc<Shared>,
}

/// The connection of a transaction and of all that is nested in it.
pub(super) struct Shared {
    connection: Mutex<Option<Taken>>,
    savepoints: Savepoints,
}

impl Shared {
    pub(super) fn new(taken: Taken) -> Arc<Self> {
        Arc::new(Self { connection: Mutex::new(Some(taken)), savepoints: Savepoints::default() })
    }

    /// Takes the connection out: whoever still has a handle has nothing any more, and what is nested and not ended is undone.
    pub(super) async fn end(&self) -> Option<Taken> {
        let mut taken = self.connection.lock().await.take()?;
        self.savepoints.doom_all();
        self.settle(&mut taken.seat.connection).await.ok()?;
        Some(taken)
    }

    /// Rolls back what was dropped without an end.
    async fn settle(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        match self.savepoints.doomed() {
            Some(savepoint) => {
                connection.execute(AssertSqlSafe(savepoints::back_to(savepoint))).await.map(drop)
            }
            None => Ok(()),
        }
    }
}

impl TenantTransaction {
    pub(super) fn new(tenant: TenantId, shared: Arc<Shared>) -> Self {
        Self { tenant, savepoint: None, shared }
    }

    /// Whose it is.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }
}

impl Drop for TenantTransaction {
    fn drop(&mut self) {
        if let Some(savepoint) = self.savepoint {
            self.shared.savepoints.drop(savepoint);
        }
    }
}

impl fmt::Debug for TenantTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantTransaction")
            .field("tenant", &self.tenant)
            .field("savepoint", &self.savepoint)
            .finish_non_exhaustive()
    }
}
