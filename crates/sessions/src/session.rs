//! One report's hold on a connection: it is scrubbed and goes back when it rests, and is ended on the server when not.

use std::sync::Arc;

use deadpool::managed::Object;
use tokio::runtime::Handle;
use tokio_postgres::{Client, Statement};
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::{QueryError, pool::Held, scrub::scrub, watchdog::Watchdog};

pub(crate) struct Session {
    held: Option<Held>,
    watchdog: Arc<Watchdog>,
    /// Tells the pool that this connection is not yet back.
    token: Option<TaskTrackerToken>,
    busy: bool,
}

impl Session {
    pub(crate) fn new(held: Held, watchdog: Arc<Watchdog>, token: TaskTrackerToken) -> Self {
        Self { held: Some(held), watchdog, token: Some(token), busy: false }
    }

    /// The connection, for one exchange with the server. Until [`rest`](Self::rest) is called, the session is busy,
    /// and dropping it ends its backend.
    pub(crate) fn work(&mut self) -> Result<&Client, QueryError> {
        if self.busy {
            return Err(QueryError::Lost { cause: "an earlier exchange did not end".to_owned() });
        }
        self.busy = true;
        self.held.as_ref().map(|held| &held.client).ok_or(QueryError::Closed)
    }

    /// The connection's prepared guard.
    pub(crate) fn guard(&self) -> Result<Statement, QueryError> {
        self.held.as_ref().and_then(|held| held.guard.clone()).ok_or(QueryError::Closed)
    }

    /// An answer that was asked for earlier is waited for now.
    pub(crate) fn wait(&mut self) {
        self.busy = true;
    }

    /// The exchange has ended, well or with an error after which the server waits for the next.
    pub(crate) fn rest(&mut self) {
        self.busy = false;
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some(held) = self.held.take() else { return };
        let (busy, token, watchdog) = (self.busy, self.token.take(), Arc::clone(&self.watchdog));
        let Ok(runtime) = Handle::try_current() else {
            // Nothing can be awaited any more; the server notices the closed socket.
            Object::take(held).cut();
            return;
        };
        // Off the caller's path: the next report waits for it, this one does not.
        runtime.spawn(async move {
            if busy {
                // It keeps its place in the pool until its backend has gone: the login that takes that place would be one more
                // than the role may have.
                if !held.client.is_closed() {
                    watchdog.end(held.pid).await;
                }
                Object::take(held).cut();
            } else if !scrub(&held.client).await {
                Object::take(held).cut();
            }
            drop(token);
        });
    }
}
