//! Sessions of one role, for reports and for the check of their texts: opened once, renewed with the password, scrubbed
//! when they are given back.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};

use super::{Connections, Logins};
use crate::{OpenError, OpenRole, QueryError, Why, session::Session, types::TypeNames, watchdog::Watchdog};

/// How often another password is asked for before a session fails: rotations may follow each other closely.
const RENEWALS: usize = 5;

/// A role's connections, and what ends those that will not end by themselves.
pub(crate) struct Sessions {
    open: OpenRole,
    connections: Connections,
    waiting: AtomicU32,
    watchdog: Arc<Watchdog>,
    /// Those that hold a connection, until it is scrubbed.
    tracker: TaskTracker,
    pub(crate) types: TypeNames,
}

impl Sessions {
    /// Logs in once, with another password where that one is refused, and learns the types that every database has. The
    /// connection becomes the watchdog's.
    pub(crate) async fn open(open: &OpenRole) -> Result<Self, OpenError> {
        let mut open = open.clone();
        for _ in 0..RENEWALS {
            match Self::try_open(&open).await {
                Err(error) if error.is_password() => {
                    let Some(renew) = &open.renew else { return Err(error) };
                    let Some(password) = renew(open.password.clone()).await else { return Err(error) };
                    open.password = password;
                }
                outcome => return outcome,
            }
        }
        Self::try_open(&open).await
    }

    async fn try_open(open: &OpenRole) -> Result<Self, OpenError> {
        let (logins, link) = Logins::prove(open).await?;
        let types = TypeNames::default();
        types.preload(&link.client).await.map_err(|error| OpenError::new(open, Why::of_driver(&error)))?;
        let logins = Arc::new(logins);
        let keep = open.pool.max > 1;
        let connections = Connections::open(Arc::clone(&logins), if keep { open.pool.max - 1 } else { 1 })?;
        Ok(Self {
            open: open.clone(),
            connections,
            waiting: AtomicU32::new(0),
            watchdog: Arc::new(Watchdog::new(logins, keep.then_some(link))),
            tracker: TaskTracker::new(),
            types,
        })
    }

    /// A session of one's own. Where the password is refused, because it was rotated since the pool was opened, the new
    /// one is asked for, and the login tried again.
    pub(crate) async fn get(&self) -> Result<Session, QueryError> {
        // Whoever closes waits for all that came before; those that come later are refused.
        let token = self.tracker.token();
        if self.connections.is_closed() {
            return Err(QueryError::Closed);
        }
        let _place = self.queue()?;
        for _ in 0..RENEWALS {
            let refused = self.connections.logins().password();
            match self.try_get(&token).await {
                Err(QueryError::Open(error)) if error.is_password() => {
                    let Some(renew) = &self.open.renew else { return Err(error.into()) };
                    let Some(password) = renew(refused).await else { return Err(error.into()) };
                    self.connections.logins().set_password(&password);
                }
                outcome => return outcome,
            }
        }
        self.try_get(&token).await
    }

    async fn try_get(&self, token: &TaskTrackerToken) -> Result<Session, QueryError> {
        let held = self.connections.get().await?;
        Ok(Session::new(held, Arc::clone(&self.watchdog), token.clone()))
    }

    /// A place in the queue, unless it is full.
    fn queue(&self) -> Result<Place<'_>, QueryError> {
        let place = Place(&self.waiting);
        let waiting = self.waiting.fetch_add(1, Ordering::Relaxed);
        let free = u32::try_from(self.connections.free()).unwrap_or(u32::MAX);
        if waiting >= self.open.max_queue.saturating_add(free) {
            return Err(QueryError::Queue { waiting });
        }
        Ok(place)
    }

    pub(crate) fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Gives no more sessions, waits for those that are in use, and closes every connection.
    pub(crate) async fn close(&self) {
        self.connections.close();
        self.tracker.close();
        self.tracker.wait().await;
        self.watchdog.close().await;
    }
}

/// One who waits for a connection.
struct Place<'a>(&'a AtomicU32);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
