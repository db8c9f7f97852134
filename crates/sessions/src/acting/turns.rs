//! Fairness: how many transactions of one tenant, or one subject, are in flight at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Key;

/// The turns of all; those of one that has nothing in flight take no room.
#[derive(Debug)]
pub(super) struct Turns {
    limit: u32,
    all: Mutex<HashMap<Key, Weak<Semaphore>>>,
}

impl Turns {
    pub(super) fn new(limit: u32) -> Self {
        Self { limit: limit.max(1), all: Mutex::default() }
    }

    pub(super) fn limit(&self) -> u32 {
        self.limit
    }

    /// Waits for a turn of this one's, first come, first served.
    pub(super) async fn take(&self, key: &Key) -> Option<OwnedSemaphorePermit> {
        self.of(key).acquire_owned().await.ok()
    }

    fn of(&self, key: &Key) -> Arc<Semaphore> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turns) = all.get(key).and_then(Weak::upgrade) {
            return turns;
        }
        if all.len() == all.capacity() {
            all.retain(|_, turns| turns.strong_count() > 0);
        }
        let turns = Arc::new(Semaphore::new(self.limit as usize));
        all.insert(Arc::clone(key), Arc::downgrade(&turns));
        turns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_has_its_own() {
        let turns = Turns::new(1);
        let (a, b): (Key, Key) = ("a".into(), "b".into());
        let first = turns.take(&a).await.unwrap();
        let _other = turns.take(&b).await.unwrap();
        let second = turns.take(&a);
        tokio::pin!(second);
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        drop(second.await.unwrap());
    }

    #[tokio::test]
    async fn one_without_work_takes_no_room() {
        let turns = Turns::new(1);
        for number in 0..10_000 {
            drop(turns.take(&format!("t{number}").into()).await.unwrap());
        }
        assert!(turns.all.lock().unwrap().len() < 1000);
    }
}
