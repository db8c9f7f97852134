//! What a private cluster is to be like.

use std::path::PathBuf;

use crate::{FindOptions, Progress, environment};

/// Where a private cluster lives and how it runs.
///
/// ```
/// use rolewright_embedded::ClusterOptions;
///
/// let options = ClusterOptions::new("target/postgres").fast().setting("log_statement", "all");
/// # let _ = options;
/// ```
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    pub(crate) folder: PathBuf,
    pub(crate) find: FindOptions,
    pub(crate) account: Option<String>,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) keep_running: bool,
    pub(crate) lock_timeout: u64,
    pub(crate) progress: Progress,
}

impl ClusterOptions {
    /// A cluster in this folder, which is made if it does not exist.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            find: FindOptions::new(),
            account: environment::account(),
            settings: Vec::new(),
            keep_running: false,
            lock_timeout: 300,
            progress: Progress::default(),
        }
    }

    /// How PostgreSQL's programs are found. An existing cluster asks for its own major version, whatever this says.
    #[must_use]
    pub fn find(mut self, find: FindOptions) -> Self {
        self.find = find;
        self
    }

    /// The account a server started by root runs as; unset, what `ROLEWRIGHT_POSTGRES_ACCOUNT` names, else `postgres`, else `nobody`.
    #[must_use]
    pub fn account(mut self, name: impl Into<String>) -> Self {
        self.account = Some(name.into());
        self
    }

    /// Trades safety against a crash of the machine for speed: for tests, whose data nobody needs tomorrow.
    #[must_use]
    pub fn fast(self) -> Self {
        self.setting("fsync", "off")
            .setting("full_page_writes", "off")
            .setting("synchronous_commit", "off")
            .setting("max_connections", "300")
            .setting("shared_buffers", "64MB")
    }

    /// One setting of the server, such as `log_statement` to `all`. It counts when the server is started, not when a running one is joined.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Leaves the server running when the value is dropped.
    #[must_use]
    pub fn keep_running(mut self) -> Self {
        self.keep_running = true;
        self
    }

    /// How long to wait for another process that is initialising, starting or stopping the same cluster, in seconds; 300 unless told.
    #[must_use]
    pub fn lock_timeout(mut self, seconds: u64) -> Self {
        self.lock_timeout = seconds;
        self
    }

    /// Receives a line for each step that takes time.
    #[must_use]
    pub fn progress(mut self, progress: Progress) -> Self {
        self.find = self.find.progress(progress.clone());
        self.progress = progress;
        self
    }
}
