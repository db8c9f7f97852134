//! The connections that reports run on: at most so many, made when needed, closed when idle or old.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use deadpool::{
    Runtime,
    managed::{Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleError, RecycleResult, Timeouts},
};
use tokio::time::timeout;

use super::login::Logins;
use crate::{OpenError, QueryError, Why, check, wire::Link};

/// A server that starts up, or does not answer, is tried again this soon.
const RETRY: Duration = Duration::from_millis(100);
/// How many reports a connection serves. The server keeps each kind of row that a text makes for as long as the session lasts, and no
/// clean-up forgets them.
const MOST_REPORTS: usize = 250;

/// A connection in use. Dropping it gives it back as it is: whoever holds it scrubs it first.
pub(crate) type Held = Object<Maker>;

pub(crate) struct Connections {
    pool: Pool<Maker>,
    most: u32,
}

/// Makes connections, and looks at those that were idle.
#[derive(Debug)]
pub(crate) struct Maker(Arc<Logins>);

impl Manager for Maker {
    type Type = Link;
    type Error = OpenError;

    async fn create(&self) -> Result<Link, OpenError> {
        let mut link = self.0.log_in().await?;
        let prepared = check::prepare_guard(&link.client).await;
        link.guard = Some(prepared.map_err(|error| OpenError::new(self.0.open(), Why::of_driver(&error)))?);
        Ok(link)
    }

    /// No question to the server: that would be a round trip in front of every report.
    async fn recycle(&self, link: &mut Link, metrics: &Metrics) -> RecycleResult<OpenError> {
        if link.client.is_closed() || self.is_old(metrics) || metrics.recycle_count >= MOST_REPORTS {
            return Err(RecycleError::message("closed, too old, or used too often"));
        }
        Ok(())
    }
}

impl Maker {
    fn is_old(&self, metrics: &Metrics) -> bool {
        self.0.open().pool.max_lifetime.is_some_and(|most| metrics.created.elapsed() > most)
    }
}

impl Connections {
    pub(super) fn open(logins: Arc<Logins>, most: u32) -> Result<Self, OpenError> {
        let limits = logins.open().pool;
        let failed = OpenError::new(logins.open(), Why::Unreachable("no pool can be made".to_owned()));
        let pool = Pool::builder(Maker(logins))
            .max_size(most as usize)
            .runtime(Runtime::Tokio1)
            // The latest used is the warmest; the others may grow idle.
            .queue_mode(QueueMode::Lifo)
            .build()
            .map_err(|_| failed)?;
        let period = [limits.idle, limits.max_lifetime].into_iter().flatten().min();
        if let Some(period) = period {
            tokio::spawn(tidy(pool.weak(), limits.min as usize, limits.idle, period));
        }
        if limits.min > 0 {
            tokio::spawn(fill(pool.clone(), limits.min.min(most)));
        }
        Ok(Self { pool, most })
    }

    /// A connection, waited for as long as a caller may wait. A server that is not there yet is waited for too.
    pub(super) async fn get(&self) -> Result<Held, QueryError> {
        let patience = self.logins().open().pool.acquire;
        let start = Instant::now();
        loop {
            let left = patience.saturating_sub(start.elapsed());
            let waits =
                Timeouts { wait: Some(left.max(Duration::from_millis(1))), create: None, recycle: None };
            let outcome = timeout(left + Duration::from_secs(5), self.pool.timeout_get(&waits)).await;
            return match outcome {
                Ok(Ok(held)) => Ok(held),
                Ok(Err(PoolError::Closed)) => Err(QueryError::Closed),
                Ok(Err(PoolError::Backend(error))) => {
                    if is_passing(&error.why) && start.elapsed() + RETRY < patience {
                        tokio::time::sleep(RETRY).await;
                        continue;
                    }
                    Err(error.into())
                }
                Ok(Err(_)) | Err(_) => Err(QueryError::Busy { max: self.most }),
            };
        }
    }

    pub(crate) fn logins(&self) -> &Logins {
        &self.pool.manager().0
    }

    /// How many could be had at once.
    pub(super) fn free(&self) -> usize {
        let status = self.pool.status();
        status.available + status.max_size.saturating_sub(status.size)
    }

    pub(crate) fn size(&self) -> (u32, usize) {
        let status = self.pool.status();
        (u32::try_from(status.size).unwrap_or(u32::MAX), status.available)
    }

    /// Whether it gives no more.
    pub(super) fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }

    /// Gives no more, and closes those that are not in use.
    pub(super) fn close(&self) {
        self.pool.close();
    }
}

/// Whether what stands in the way may be gone in a moment: a server that says so, or a port where nobody listens, is starting; and
/// backends that were closed just now still count for a connection limit.
fn is_passing(why: &Why) -> bool {
    match why {
        Why::NotReady(_) | Why::ConnectionLimit(_) => true,
        Why::Unreachable(words) => *words == std::io::ErrorKind::ConnectionRefused.to_string(),
        _ => false,
    }
}

/// Closes what has been idle for too long, down to `min`, and what is too old, as long as there is a pool.
async fn tidy(
    pool: deadpool::managed::WeakPool<Maker>,
    min: usize,
    idle: Option<Duration>,
    period: Duration,
) {
    loop {
        tokio::time::sleep((period / 2).max(Duration::from_millis(50))).await;
        let Some(pool) = pool.upgrade() else { return };
        let mut left = pool.status().size;
        let closed = pool.retain(|link, metrics| {
            let rests = left > min && idle.is_some_and(|most| metrics.last_used() > most);
            let goes = link.client.is_closed() || rests || pool.manager().is_old(&metrics);
            left -= usize::from(goes);
            !goes
        });
        drop(closed);
        if pool.is_closed() {
            return;
        }
    }
}

/// Makes the connections that are kept even when nobody needs them. What fails here is told to whoever needs one.
async fn fill(pool: Pool<Maker>, min: u32) {
    let mut held = Vec::new();
    for _ in 0..min {
        match pool.get().await {
            Ok(link) => held.push(link),
            Err(_) => return,
        }
    }
}
