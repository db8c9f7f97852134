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

use std::{sync::Mutex, time::Duration};

use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};

const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) struct Watchdog {
    options: Mutex<PgConnectOptions>,
    warm: tokio::sync::Mutex<Option<PgConnection>>,
    keep: bool,
}

impl Watchdog {
    /// Takes a connection over. Without `keep` it is closed, and made anew when needed.
    pub(crate) fn new(options: PgConnectOptions, conn: PgConnection, keep: bool) -> Self {
        Self {
            options: Mutex::new(options),
            warm: tokio::sync::Mutex::new(if keep { Some(conn) } else { None }),
            keep,
        }
    }

    /// Logs in with other options from now on.
    pub(crate) fn set_options(&self, options: PgConnectOptions) {
        *self.options.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = options;
    }

    /// Ends a backend of the same role. Tries twice; whoever waits for it cannot do more.
    pub(crate) async fn end(&self, pid: i32) -> bool {
        let mut warm = self.warm.lock().await;
        for _ in 0..2 {
            let known = warm.take();
            let work = async {
                let mut conn = match known {
                    Some(conn) => conn,
                    None => {
                        let options =
                            self.options.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
                        options.connect().await?
                    }
                };
                let sql = format!("/* rolewright: watchdog */ SELECT pg_catalog.pg_terminate_backend({pid})");
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut conn).await?;
                Ok::<_, sqlx::Error>(conn)
            };
            if let Ok(Ok(conn)) = tokio::time::timeout(PATIENCE, work).await {
                if self.keep {
                    *warm = Some(conn);
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
        if let Some(conn) = self.warm.lock().await.take() {
            let _ = tokio::time::timeout(PATIENCE, conn.close()).await;
        }
    }
}
