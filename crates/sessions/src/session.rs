//! One report's hold on a connection: it goes back to be scrubbed when it rests, and is ended on the server when not.

use std::{sync::Arc, time::Duration};

use sqlx::{PgConnection, Postgres, pool::PoolConnection};
use tokio::{runtime::Handle, time::timeout};

use crate::{QueryError, watchdog::Watchdog};

pub(crate) struct Session {
    conn: Option<PoolConnection<Postgres>>,
    watchdog: Arc<Watchdog>,
    /// The backend, once known.
    pub(crate) pid: Option<i32>,
    busy: bool,
}

impl Session {
    pub(crate) fn new(conn: PoolConnection<Postgres>, watchdog: Arc<Watchdog>) -> Self {
        Self { conn: Some(conn), watchdog, pid: None, busy: false }
    }

    /// The connection, for one exchange with the server. Until [`rest`](Self::rest) is called, the session is busy,
    /// and dropping it ends its backend.
    pub(crate) fn work(&mut self) -> Result<&mut PgConnection, QueryError> {
        if self.busy {
            return Err(QueryError::Lost { cause: "an earlier exchange did not end".to_owned() });
        }
        self.busy = true;
        self.conn.as_deref_mut().ok_or(QueryError::Closed)
    }

    /// The exchange has ended, well or with an error after which the server waits for the next.
    pub(crate) fn rest(&mut self) {
        self.busy = false;
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some(conn) = self.conn.take() else { return };
        let Ok(runtime) = Handle::try_current() else {
            // Nothing can be awaited any more; the server notices the closed socket.
            drop(conn.detach());
            return;
        };
        if self.busy {
            let (watchdog, pid) = (Arc::clone(&self.watchdog), self.pid);
            runtime.spawn(async move {
                if let Some(pid) = pid {
                    watchdog.end(pid).await;
                }
                let _ = timeout(Duration::from_secs(5), conn.close()).await;
            });
        }
    }
}
