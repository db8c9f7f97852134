//! Calls that come at once share one look: each waits for a look that begins after it came, and no two run at a time.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::{ReconcileError, Reconciled, Rolewright};

/// What a look found and did, or why it failed.
pub(super) type Outcome = Arc<Result<Reconciled, ReconcileError>>;

/// A look that has not begun yet, and whose outcome those who wait for it share.
type Awaited = Arc<OnceCell<Outcome>>;

/// The looks of one application; cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared {
    next: Arc<Mutex<Option<Awaited>>>,
    running: Arc<tokio::sync::Mutex<()>>,
}

impl Shared {
    /// The outcome of a look that began after this call; none when it gave up unexpectedly. It goes on when the caller goes away.
    pub(super) async fn look(&self, app: &Arc<Rolewright>) -> Option<Outcome> {
        let app = Arc::clone(app);
        self.join(async move { app.provision().await }).await
    }

    async fn join(
        &self,
        look: impl Future<Output = Result<Reconciled, ReconcileError>> + Send + 'static,
    ) -> Option<Outcome> {
        let awaited = Arc::clone(self.lock().get_or_insert_default());
        let work = async || {
            let (this, mine) = (self.clone(), Arc::clone(&awaited));
            let begun = tokio::spawn(async move {
                let _one_at_a_time = this.running.lock().await;
                this.begin(&mine);
                Arc::new(look.await)
            });
            begun.await
        };
        awaited.get_or_try_init(work).await.ok().cloned()
    }

    /// Whoever comes from here on waits for the next look.
    fn begin(&self, mine: &Awaited) {
        let mut next = self.lock();
        if next.as_ref().is_some_and(|next| Arc::ptr_eq(next, mine)) {
            *next = None;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Awaited>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn those_who_come_while_a_look_runs_share_the_next_one() {
        let shared = Shared::default();
        let (looks, begun, go_on) =
            (Arc::new(AtomicU32::new(0)), Arc::new(Notify::new()), Arc::new(Notify::new()));
        let look = || {
            let (looks, begun, go_on) = (Arc::clone(&looks), Arc::clone(&begun), Arc::clone(&go_on));
            let shared = shared.clone();
            tokio::spawn(async move {
                let look = async move {
                    looks.fetch_add(1, Ordering::SeqCst);
                    begun.notify_one();
                    go_on.notified().await;
                    Ok(Reconciled::default())
                };
                shared.join(look).await.unwrap()
            })
        };
        let first = look();
        begun.notified().await;
        let others = [look(), look(), look()];
        // They wait: the three and the cell itself hold the next look.
        while shared.lock().as_ref().is_none_or(|next| Arc::strong_count(next) < 4) {
            tokio::task::yield_now().await;
        }
        assert_eq!(looks.load(Ordering::SeqCst), 1, "no two run at a time");
        go_on.notify_one();
        first.await.unwrap();
        begun.notified().await;
        go_on.notify_one();
        let [a, b, c] = others.map(|other| async { other.await.unwrap() });
        let (a, b, c) = tokio::join!(a, b, c);
        assert!(Arc::ptr_eq(&a, &b) && Arc::ptr_eq(&b, &c));
        assert_eq!(looks.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_look_goes_on_when_its_caller_goes_away() {
        let shared = Shared::default();
        let (begun, go_on, done) =
            (Arc::new(Notify::new()), Arc::new(Notify::new()), Arc::new(Notify::new()));
        let caller = {
            let (shared, begun, go_on, done) =
                (shared.clone(), Arc::clone(&begun), Arc::clone(&go_on), Arc::clone(&done));
            tokio::spawn(async move {
                let look = async move {
                    begun.notify_one();
                    go_on.notified().await;
                    done.notify_one();
                    Ok(Reconciled::default())
                };
                shared.join(look).await.is_some()
            })
        };
        begun.notified().await;
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        go_on.notify_one();
        done.notified().await;
    }
}
