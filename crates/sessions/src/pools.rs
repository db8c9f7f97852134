//! The pools of all managed roles of a process, by their connections' names.

use std::{fmt, time::Duration};

use crate::{Check, OpenError, OpenRole, RolePool, flight::Flights};

/// Opened pools. Concurrent opens of one connection share the attempt in flight; a failed one is not remembered.
pub struct Pools(Flights<RolePool, OpenError>);

impl Pools {
    /// No pool is open yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Flights::new())
    }

    /// The pool of a connection, opened if it is not.
    ///
    /// # Errors
    /// When the role cannot log in; the next call tries again.
    pub async fn open(&self, role: OpenRole, check: Check) -> Result<RolePool, OpenError> {
        let name = role.connection.clone();
        self.0.get_or_make(&name, || async move { RolePool::open(&role, check).await }).await
    }

    /// The pool of a connection, if it is open. There is no other pool to fall back to.
    #[must_use]
    pub fn get(&self, connection: &str) -> Option<RolePool> {
        self.0.get(connection)
    }

    /// Closes the pool of a connection, so that the next open logs in anew.
    pub async fn close(&self, connection: &str) {
        if let Some(pool) = self.0.remove(connection) {
            pool.close().await;
        }
    }

    /// Closes all pools: waits this long for running reports, then ends them on the server.
    pub async fn close_all(&self, patience: Duration) {
        let pools = self.0.drain();
        let close = futures_util::future::join_all(pools.iter().map(RolePool::close));
        let cut = async {
            tokio::time::sleep(patience).await;
            pools.iter().for_each(RolePool::cut);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            _ = close => {}
            () = cut => {}
        }
    }
}

impl Default for Pools {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Pools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pools").finish_non_exhaustive()
    }
}
