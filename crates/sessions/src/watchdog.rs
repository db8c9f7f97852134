//! A connection of the role's own that is already open when another of its backends has to be ended.
//!
//! A statement's timeouts can be lifted by the statement itself, and a closed socket is noticed only by a server that
//! still looks; being told to terminate is the one thing a backend cannot put off. A new connection may be
//! impossible at that moment (limits reached, lock table full), so this one is kept warm.
//!
//! What nothing can shorten is one C function of the server that does not look for interrupts while it works, such as
//! `length` of a text of 1 GB, which counts its characters for seconds (longer on PostgreSQL 18 than before). A
//! cancel, a timeout, a termination and a lost client are all noticed only when it returns. How much such a function
//! can be given is bounded by the server's limit of 1 GB for a value.

use std::{sync::Arc, time::Duration};

use crate::{pool::Logins, wire::Link};

const PATIENCE: Duration = Duration::from_secs(2);
/// How long the server waits for a backend to be gone.
const GONE_MS: u64 = 1_000;

pub(crate) struct Watchdog {
    logins: Arc<Logins>,
    warm: tokio::sync::Mutex<Option<Link>>,
    keep: bool,
}

impl Watchdog {
    /// Keeps a connection. Without one, it is made when needed.
    pub(crate) fn new(logins: Arc<Logins>, warm: Option<Link>) -> Self {
        Self { logins, keep: warm.is_some(), warm: tokio::sync::Mutex::new(warm) }
    }

    /// Ends a backend of the same role. Tries twice; whoever waits for it cannot do more.
    pub(crate) async fn end(&self, pid: i32) -> bool {
        let mut warm = self.warm.lock().await;
        for _ in 0..2 {
            let known = warm.take();
            let work = async {
                let link = match known {
                    Some(link) => link,
                    None => self.logins.log_in().await.ok()?,
                };
                let sql = format!(
                    "/* rolewright: watchdog */ SELECT pg_catalog.pg_terminate_backend({pid}, {GONE_MS})"
                );
                link.client.batch_execute(&sql).await.ok()?;
                Some(link)
            };
            if let Ok(Some(link)) = tokio::time::timeout(PATIENCE, work).await {
                if self.keep {
                    *warm = Some(link);
                }
                return true;
            }
        }
        tracing::warn!(
            pid,
            "could not end the backend of a report; its server will notice the closed connection"
        );
        false
    }

    /// Closes the warm connection.
    pub(crate) async fn close(&self) {
        drop(self.warm.lock().await.take());
    }
}
