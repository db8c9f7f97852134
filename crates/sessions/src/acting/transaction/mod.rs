//! An open transaction, as the work inside sees it.

use std::{
    fmt,
    sync::{Arc, atomic::AtomicBool},
};

use sqlx::{AssertSqlSafe, Executor as _, PgConnection};
use tokio::sync::Mutex;

use super::pool::Taken;

mod access;
mod executor;
mod nested;
mod savepoints;
mod stream;
mod texts;

pub use access::Access;
use savepoints::Savepoints;

/// An open transaction that acts as somebody. Entities and raw statements of sea-orm run on it, since it is a
/// [`ConnectionTrait`](sea_orm::ConnectionTrait), and their rows come as a stream where that is asked for
/// ([`StreamTrait`](sea_orm::StreamTrait)); a nested one ([`TransactionTrait`](sea_orm::TransactionTrait)) is a savepoint.
///
/// What is nested runs one after another: while a nested one is open, all but the innermost refuse every statement. One that is dropped
/// without an end is rolled back before anything else is done; where that cannot be, nothing of the whole is committed.
///
/// It ends with the work that it was handed to. A nested one that is kept beyond the end of that work refuses every statement; nothing of
/// what it is nested in is committed where the work was cut short.
pub struct Transaction<W> {
    who: W,
    /// The savepoint it is; absent for the transaction itself.
    savepoint: Option<u32>,
    shared: Arc<Shared>,
}

/// The connection of a transaction and of all that is nested in it.
pub(super) struct Shared {
    connection: Mutex<Option<Taken>>,
    savepoints: Savepoints,
    /// Whether rows are being streamed from it.
    reading: AtomicBool,
}

impl Shared {
    pub(super) fn new(taken: Taken) -> Arc<Self> {
        Arc::new(Self {
            connection: Mutex::new(Some(taken)),
            savepoints: Savepoints::default(),
            reading: AtomicBool::new(false),
        })
    }

    /// Takes the connection out: whoever still has a handle has nothing any more, and what is nested and not ended is undone.
    pub(super) async fn end(&self) -> Option<Taken> {
        let mut taken = self.connection.lock().await.take()?;
        self.savepoints.doom_all();
        self.settle(&mut taken.seat.connection).await.ok()?;
        Some(taken)
    }

    /// The same where nobody waits for the end: the connection is closed, once the statement that runs on it has ended.
    fn abandon(self: &Arc<Self>) {
        if let Ok(mut taken) = self.connection.try_lock() {
            drop(taken.take());
        } else if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let shared = Arc::clone(self);
            runtime.spawn(async move { drop(shared.connection.lock().await.take()) });
        }
    }

    /// Rolls back what was dropped without an end.
    async fn settle(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        match self.savepoints.doomed() {
            Some(savepoint) => {
                connection.execute(AssertSqlSafe(savepoints::back_to(savepoint))).await?;
                self.savepoints.ended(savepoint);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl<W> Transaction<W> {
    pub(super) fn new(who: W, shared: Arc<Shared>) -> Self {
        Self { who, savepoint: None, shared }
    }

    /// The savepoint it is, and in what.
    pub(super) fn at(&self) -> (&Arc<Shared>, Option<u32>) {
        (&self.shared, self.savepoint)
    }

    /// Whose it is.
    pub(crate) fn who(&self) -> &W {
        &self.who
    }
}

impl<W> Drop for Transaction<W> {
    fn drop(&mut self) {
        if let Some(savepoint) = self.savepoint {
            self.shared.savepoints.drop(savepoint);
        }
    }
}

/// Ends the transaction when its work is cut short, whoever still has a handle.
pub(super) struct Ending(pub(super) Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl<W: fmt::Debug> fmt::Debug for Transaction<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("who", &self.who)
            .field("savepoint", &self.savepoint)
            .finish_non_exhaustive()
    }
}
