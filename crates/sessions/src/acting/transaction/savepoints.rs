//! Which savepoints of a transaction are open, and which were dropped without an end.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The savepoints of one transaction. Each is nested in all that were open when it was set.
#[derive(Debug, Default)]
pub(super) struct Savepoints(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    last: u32,
    open: Vec<u32>,
    doomed: Option<u32>,
}

impl Savepoints {
    /// A number for a new one.
    pub(super) fn next(&self) -> u32 {
        let mut state = self.lock();
        state.last += 1;
        state.last
    }

    /// It is set.
    pub(super) fn opened(&self, savepoint: u32) {
        self.lock().open.push(savepoint);
    }

    /// The one that statements belong to; absent where that is the transaction itself.
    pub(super) fn innermost(&self) -> Option<u32> {
        self.lock().open.last().copied()
    }

    /// It is released or rolled back, and so is what was nested in it.
    pub(super) fn ended(&self, savepoint: u32) {
        let mut state = self.lock();
        state.open.retain(|open| *open < savepoint);
        state.doomed = state.doomed.filter(|doomed| *doomed < savepoint);
    }

    /// Nobody has a handle of it any more; if it is still open, it is to be rolled back.
    pub(super) fn drop(&self, savepoint: u32) {
        let mut state = self.lock();
        if state.open.contains(&savepoint) {
            state.doomed = Some(state.doomed.map_or(savepoint, |doomed| doomed.min(savepoint)));
        }
    }

    /// Whatever is open is to be rolled back.
    pub(super) fn doom_all(&self) {
        let mut state = self.lock();
        let first = state.open.iter().min().copied();
        state.doomed = first.or(state.doomed);
    }

    /// The outermost one to be rolled back before anything else is done. It stays so until it is told to have [`ended`](Self::ended):
    /// a rollback that was cut short may have happened or not.
    pub(super) fn doomed(&self) -> Option<u32> {
        self.lock().doomed
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sets it.
pub(super) fn set(savepoint: u32) -> String {
    format!("SAVEPOINT rolewright_{savepoint}")
}

/// Keeps what was done since.
pub(super) fn release(savepoint: u32) -> String {
    format!("RELEASE SAVEPOINT rolewright_{savepoint}")
}

/// Undoes what was done since.
pub(super) fn back_to(savepoint: u32) -> String {
    format!("ROLLBACK TO SAVEPOINT rolewright_{savepoint}; {}", release(savepoint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_open_is_doomed_with_all_that_is_nested_in_it() {
        let all = Savepoints::default();
        let (a, b) = (all.next(), all.next());
        all.opened(a);
        all.opened(b);
        assert_eq!(all.innermost(), Some(b));
        all.drop(b);
        all.drop(a);
        assert_eq!(all.doomed(), Some(a));
        assert_eq!(all.doomed(), Some(a), "until it has ended");
        all.ended(a);
        assert_eq!((all.doomed(), all.innermost()), (None, None));
        let c = all.next();
        all.opened(c);
        all.ended(c);
        all.drop(c);
        assert_eq!(all.doomed(), None);
    }
}
