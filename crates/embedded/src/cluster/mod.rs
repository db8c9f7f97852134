//! A private cluster in a folder of its own.

mod account;
mod initdb;
mod layout;
mod lock;
mod open;
mod options;
mod place;
mod postmaster;
mod random;
mod run;
mod settings;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

pub(crate) use account::{Account, is_root};
pub use options::ClusterOptions;

use crate::{Binaries, ClusterError};
use layout::Layout;
use lock::Users;

/// The superuser that `initdb` makes.
const SUPERUSER: &str = "postgres";

/// A running private cluster.
///
/// It may be shared: every process that opens the same folder uses the same server, and the last one out stops it,
/// unless [`ClusterOptions::keep_running`] leaves that to somebody else.
pub struct Cluster {
    layout: Layout,
    account: Option<Account>,
    binaries: Binaries,
    password: String,
    port: u16,
    started_here: bool,
    keep_running: bool,
    users: Option<Users>,
}

impl Cluster {
    /// Runs the cluster of a folder: initialises it if it is not there, starts it if it is stopped, joins it if it runs.
    ///
    /// As root the server runs as an unprivileged account, and in a folder that this account can reach.
    ///
    /// # Errors
    ///
    /// No programs, a folder that was not made by this crate, a lock held for too long, or what PostgreSQL's programs say.
    pub fn open(options: &ClusterOptions) -> Result<Self, ClusterError> {
        open::open(options)
    }

    /// The superuser's URL into database `postgres`, password included.
    #[must_use]
    pub fn admin_url(&self) -> String {
        self.url(SUPERUSER, &self.password, "postgres")
    }

    /// The URL of any login; the three values must need no escapes.
    #[must_use]
    pub fn url(&self, user: &str, password: &str, database: &str) -> String {
        format!("postgres://{user}:{password}@127.0.0.1:{}/{database}", self.port)
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of the Unix-domain socket.
    #[must_use]
    pub fn socket_folder(&self) -> &Path {
        &self.layout.sockets
    }

    /// The private folder in use, which is another than the wanted one when the server's account could not reach that.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.layout.folder
    }

    /// The programs it runs with.
    #[must_use]
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// Did this value start the server, rather than find it running?
    #[must_use]
    pub fn started_here(&self) -> bool {
        self.started_here
    }

    /// The server's log file.
    #[must_use]
    pub fn log_file(&self) -> PathBuf {
        self.layout.log.clone()
    }

    /// What the server has logged since it was started.
    ///
    /// # Errors
    ///
    /// When the log file cannot be read.
    pub fn log(&self) -> Result<String, ClusterError> {
        fs::read(&self.layout.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .map_err(|source| ClusterError::File { action: "read", path: self.log_file(), source })
    }

    /// Stops the server now, whoever else uses it. Stopping a stopped one is no error.
    ///
    /// # Errors
    ///
    /// When the lock is not to be had, or the server does not stop.
    pub fn stop(mut self) -> Result<(), ClusterError> {
        self.users = None;
        let _lock = lock::exclusive(&self.layout)?;
        run::stop(&self.layout, &self.binaries, self.account.as_ref())
    }

    /// Lets go of the server; if nobody else uses it and it is not to be kept, stops it.
    fn leave(&mut self) {
        let Some(users) = self.users.take() else { return };
        if self.keep_running {
            return;
        }
        let Ok(_lock) = lock::exclusive(&self.layout) else { return };
        if users.was_last()
            && let Err(error) = run::stop(&self.layout, &self.binaries, self.account.as_ref())
        {
            tracing::warn!("the private PostgreSQL did not stop: {error}");
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.leave();
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("folder", &self.layout.folder)
            .field("port", &self.port)
            .field("version", &self.binaries.version())
            .finish_non_exhaustive()
    }
}
