//! One connection of the sandbox: its login, its backend, and its end.
//!
//! The driver sends requests without waiting for the answers of the ones before; that is why it is this one and not the
//! driver of the application's own stores.

mod config;
mod error;
mod tls;
mod value;

use std::fmt;

use tokio::task::JoinHandle;
use tokio_postgres::{Client, Error, SimpleQueryMessage, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

pub(crate) use config::config;
pub(crate) use error::{Spoken, spoken};
pub(crate) use tls::tls;
pub(crate) use value::{Text, text_type};

/// How to log in: the driver's configuration and the TLS that goes with it. Its `Debug` shows neither.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) config: tokio_postgres::Config,
    pub(crate) tls: MakeRustlsConnect,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}

/// An open connection. Dropping it says goodbye to the server once the answers that are under way have come;
/// [`cut`](Self::cut) does not wait for them.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) client: Client,
    /// Its backend's process id.
    pub(crate) pid: i32,
    /// Who the session acts as, and who logged in, as the server tells it.
    pub(crate) who: (String, String),
    /// The guard's statement, once it is prepared.
    pub(crate) guard: Option<Statement>,
    task: JoinHandle<()>,
}

impl Link {
    /// Logs in, and asks who it is.
    pub(crate) async fn open(login: &Login) -> Result<Self, Error> {
        let (client, connection) = login.config.connect(login.tls.clone()).await?;
        let task = tokio::spawn(async move {
            // What it fails with is told to whoever waits for an answer.
            let _ = connection.await;
        });
        let sql = "/* rolewright: open */ SELECT CURRENT_USER, SESSION_USER, pg_catalog.pg_backend_pid()";
        let mut link = Self { client, pid: 0, who: Default::default(), guard: None, task };
        for message in link.client.simple_query(sql).await? {
            if let SimpleQueryMessage::Row(row) = message {
                let text = |index| row.try_get(index).map(|value| value.unwrap_or_default().to_owned());
                link.who = (text(0)?, text(1)?);
                link.pid = text(2)?.parse().unwrap_or_default();
            }
        }
        Ok(link)
    }

    /// Closes the socket now, whatever the server is doing.
    pub(crate) fn cut(self) {
        self.task.abort();
    }
}
