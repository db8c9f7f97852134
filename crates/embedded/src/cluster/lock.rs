//! Who may change a cluster, and who is using it, told by locks that the operating system takes back from a killed process.

use std::{
    fs::{File, TryLockError},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use crate::{ClusterError, cluster::layout::Layout};

/// How long to wait before stopping a server.
const STOP_TIMEOUT: u64 = 60;

/// The right to make, start or stop the cluster, for as long as the value lives.
pub(crate) struct Exclusive {
    _file: File,
}

/// Waits for that right.
pub(crate) fn exclusive(layout: &Layout) -> Result<Exclusive, ClusterError> {
    exclusive_within(layout, STOP_TIMEOUT, || ())
}

/// Waits so many seconds for that right; `waiting` is called once if it has to wait.
pub(crate) fn exclusive_within(
    layout: &Layout,
    seconds: u64,
    waiting: impl FnOnce(),
) -> Result<Exclusive, ClusterError> {
    let file = open(layout, &layout.lock)?;
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut waiting = Some(waiting);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Exclusive { _file: file }),
            Err(TryLockError::WouldBlock) if Instant::now() < until => {
                if let Some(tell) = waiting.take() {
                    tell();
                }
                thread::sleep(Duration::from_millis(50));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(ClusterError::Locked { folder: layout.folder.clone(), seconds });
            }
            Err(TryLockError::Error(source)) => return Err(layout.error("lock", &layout.lock, source)),
        }
    }
}

/// A share in the server's use.
#[derive(Debug)]
pub(crate) struct Users {
    file: File,
}

impl Users {
    /// Joins the users. The caller holds the exclusive lock, so that nobody stops the server meanwhile.
    pub(crate) fn join(layout: &Layout) -> Result<Self, ClusterError> {
        let file = open(layout, &layout.users)?;
        file.lock_shared().map_err(|source| layout.error("lock", &layout.users, source))?;
        Ok(Self { file })
    }

    /// Leaves, and says whether nobody is left. The caller holds the exclusive lock.
    pub(crate) fn was_last(self) -> bool {
        self.file.unlock().is_ok() && self.file.try_lock().is_ok()
    }
}

fn open(layout: &Layout, path: &Path) -> Result<File, ClusterError> {
    File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(|source| layout.error("open", path, source))
}
