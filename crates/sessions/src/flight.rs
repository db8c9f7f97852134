//! One attempt at a time for each name: whoever asks while an attempt is under way shares its outcome.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};

/// Values by name, each made at most once at a time. A success is kept; a failure is told to all who waited for it,
/// and the next who asks tries again.
pub(crate) struct Flights<T, E> {
    slots: Mutex<HashMap<String, Slot<T, E>>>,
}

type Attempt<T, E> = Shared<BoxFuture<'static, Result<T, E>>>;

enum Slot<T, E> {
    Made(T),
    UnderWay(Attempt<T, E>),
}

impl<T, E> Flights<T, E>
where
    T: Clone + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    pub(crate) fn new() -> Self {
        Self { slots: Mutex::new(HashMap::new()) }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<String, Slot<T, E>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value, if it has been made.
    pub(crate) fn get(&self, name: &str) -> Option<T> {
        match self.slots().get(name) {
            Some(Slot::Made(value)) => Some(value.clone()),
            _ => None,
        }
    }

    /// All values that have been made, by their names.
    pub(crate) fn made(&self) -> Vec<(String, T)> {
        let made = |(name, slot): (&String, &Slot<T, E>)| match slot {
            Slot::Made(value) => Some((name.clone(), value.clone())),
            // Whoever asked for it may have gone away before it was put away.
            Slot::UnderWay(attempt) => {
                attempt.peek()?.as_ref().ok().map(|value| (name.clone(), value.clone()))
            }
        };
        self.slots().iter().filter_map(made).collect()
    }

    /// Forgets a name; what was made is handed back.
    pub(crate) fn remove(&self, name: &str) -> Option<T> {
        match self.slots().remove(name)? {
            Slot::Made(value) => Some(value),
            Slot::UnderWay(attempt) => attempt.peek()?.as_ref().ok().cloned(),
        }
    }

    /// All values that have been made, forgotten.
    pub(crate) fn drain(&self) -> Vec<T> {
        let made = |slot| match slot {
            Slot::Made(value) => Some(value),
            Slot::UnderWay(attempt) => attempt.peek()?.as_ref().ok().cloned(),
        };
        self.slots().drain().filter_map(|(_, slot)| made(slot)).collect()
    }

    /// The value; made by `make` unless it is there or already under way.
    pub(crate) async fn get_or_make<F>(&self, name: &str, make: impl FnOnce() -> F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        let attempt = {
            let mut slots = self.slots();
            match slots.get(name) {
                Some(Slot::Made(value)) => return Ok(value.clone()),
                // An attempt that has ended but was not yet put away is as good as gone, unless it succeeded.
                Some(Slot::UnderWay(attempt)) if !matches!(attempt.peek(), Some(Err(_))) => attempt.clone(),
                _ => {
                    let attempt = make().boxed().shared();
                    slots.insert(name.to_owned(), Slot::UnderWay(attempt.clone()));
                    attempt
                }
            }
        };
        let outcome = attempt.clone().await;
        let mut slots = self.slots();
        if matches!(slots.get(name), Some(Slot::UnderWay(current)) if current.ptr_eq(&attempt)) {
            match &outcome {
                Ok(value) => slots.insert(name.to_owned(), Slot::Made(value.clone())),
                Err(_) => slots.remove(name),
            };
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicU32, Ordering},
        },
        time::Duration,
    };

    use super::*;

    async fn attempt(count: Arc<AtomicU32>, outcome: Result<u32, &'static str>) -> Result<u32, &'static str> {
        count.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(30)).await;
        outcome
    }

    #[tokio::test]
    async fn concurrent_callers_share_one_attempt_and_its_failure_is_not_kept() {
        let flights = Arc::new(Flights::new());
        let count = Arc::new(AtomicU32::new(0));
        for (outcome, attempts) in [(Err("no"), 1), (Ok(7), 2), (Ok(8), 2)] {
            let callers = (0..20).map(|_| {
                let (flights, count) = (Arc::clone(&flights), Arc::clone(&count));
                tokio::spawn(async move { flights.get_or_make("a", || attempt(count, outcome)).await })
            });
            let kept = if attempts == 2 { Ok(7) } else { outcome };
            for caller in callers.collect::<Vec<_>>() {
                assert_eq!(caller.await.unwrap(), kept);
            }
            assert_eq!(count.load(Ordering::SeqCst), attempts);
        }
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_does_not_end_the_attempt_of_the_others() {
        let flights = Arc::new(Flights::new());
        let count = Arc::new(AtomicU32::new(0));
        let first = tokio::spawn({
            let (flights, count) = (Arc::clone(&flights), Arc::clone(&count));
            async move { flights.get_or_make("a", || attempt(count, Ok(1))).await }
        });
        tokio::time::sleep(Duration::from_millis(5)).await;
        let second = flights.get_or_make("a", || attempt(Arc::clone(&count), Ok(2)));
        first.abort();
        assert_eq!(second.await, Ok(1));
        assert_eq!(flights.get("a"), Some(1));
    }
}
