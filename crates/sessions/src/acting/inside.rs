//! Whose transaction the running task is inside of, so that somebody else's is refused and the same one's is nested.

use std::sync::Arc;

use super::{House, Key, Told, Transaction, transaction::Shared};

tokio::task_local! {
    static INSIDE: Inside;
}

/// The transaction around what this task does. A task that is spawned inside is not inside.
#[derive(Clone)]
pub(super) struct Inside {
    pub(super) key: Key,
    /// What it was told; the same one with another token is somebody else.
    pub(super) told: Told,
    /// In which pool: two modules, or two databases, may each have one of this name.
    pub(super) house: Arc<House>,
    pub(super) shared: Arc<Shared>,
    /// The savepoint in it that this is; absent for the transaction itself.
    pub(super) savepoint: Option<u32>,
}

impl Inside {
    /// Whether it is a transaction of this very one.
    pub(super) fn is(&self, key: &Key, told: &Told, house: &Arc<House>) -> bool {
        self.key == *key && self.told == *told && Arc::ptr_eq(&self.house, house)
    }
}

/// The transaction around this call, if there is one.
pub(super) fn around() -> Option<Inside> {
    INSIDE.try_with(Clone::clone).ok()
}

/// Runs `work` inside.
pub(super) async fn within<T>(inside: Inside, work: impl Future<Output = T>) -> T {
    INSIDE.scope(inside, work).await
}

/// Runs the work of a nested transaction: what it asks for in the same name is nested in that one.
pub(super) async fn nested<W, T>(nested: &Transaction<W>, work: impl Future<Output = T>) -> T {
    let (shared, savepoint) = nested.at();
    match around().filter(|around| Arc::ptr_eq(&around.shared, shared)) {
        Some(around) => within(Inside { savepoint, ..around }, work).await,
        None => work.await,
    }
}
