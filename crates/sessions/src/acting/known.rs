//! What was asked about somebody, asked again only when the answer is older than it may be. Only good answers are kept.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Answers, by whom they are about.
pub(crate) struct Known<K, A> {
    fresh: Duration,
    answers: Mutex<Answers<K, A>>,
}

struct Answers<K, A> {
    known: HashMap<K, (Instant, A)>,
    /// How often something was forgotten: an answer that was asked for before is not kept after.
    forgotten: u64,
}

impl<K: Clone + Eq + Hash, A: Clone> Known<K, A> {
    pub(crate) fn new(fresh: Duration) -> Self {
        Self { fresh, answers: Mutex::new(Answers { known: HashMap::new(), forgotten: 0 }) }
    }

    /// The answer that is known, or else the one that `ask` brings.
    pub(crate) async fn find<E>(&self, about: &K, ask: impl Future<Output = Result<A, E>>) -> Result<A, E> {
        let forgotten = {
            let answers = self.lock();
            match answers.known.get(about) {
                Some((asked, answer)) if asked.elapsed() < self.fresh => return Ok(answer.clone()),
                _ => answers.forgotten,
            }
        };
        let asked = Instant::now();
        match ask.await {
            Ok(answer) => {
                let mut answers = self.lock();
                if answers.forgotten == forgotten {
                    answers.known.insert(about.clone(), (asked, answer.clone()));
                }
                Ok(answer)
            }
            Err(why) => {
                self.forget(about);
                Err(why)
            }
        }
    }

    pub(crate) fn forget(&self, about: &K) {
        let mut answers = self.lock();
        answers.forgotten += 1;
        answers.known.remove(about);
    }

    fn lock(&self) -> MutexGuard<'_, Answers<K, A>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn what_is_forgotten_while_it_is_asked_for_is_asked_again() {
        // It answers when it is let.
        let slow = Semaphore::new(0);
        let ask = || async {
            slow.acquire().await.unwrap().forget();
            Ok::<_, ()>(())
        };
        let known = Known::new(Duration::from_secs(60));
        {
            let asked = known.find(&"a", ask());
            tokio::pin!(asked);
            assert!(futures_util::poll!(&mut asked).is_pending());
            known.forget(&"a");
            slow.add_permits(1);
            asked.await.unwrap();
        }
        assert!(known.find(&"a", ask()).now_or_never().is_none(), "the old answer was kept");
        slow.add_permits(1);
        known.find(&"a", ask()).await.unwrap();
        assert!(known.find(&"a", ask()).now_or_never().is_some());
    }
}
