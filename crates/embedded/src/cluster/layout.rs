//! What lies where in a private folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{ClusterError, hash};

/// The file that says a folder is ours.
pub(crate) const MARKER: &str = "rolewright-cluster";

/// The longest path of a Unix-domain socket (`sun_path`, 108 bytes with the closing NUL on Linux, 104 on macOS).
const SOCKET_LIMIT: usize = 103;

/// The paths of one cluster.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// The private folder.
    pub(crate) folder: PathBuf,
    /// PostgreSQL's data folder.
    pub(crate) data: PathBuf,
    /// The superuser's password, readable by its owner alone.
    pub(crate) password: PathBuf,
    /// The server's log.
    pub(crate) log: PathBuf,
    /// The folder of the socket: in the private folder, or, where that path is too long, a short one below /tmp.
    pub(crate) sockets: PathBuf,
    /// Held while the cluster is made, started or stopped.
    pub(crate) lock: PathBuf,
    /// Held, shared, by everyone who uses the server.
    pub(crate) users: PathBuf,
}

impl Layout {
    /// The layout below a folder, which exists and is absolute.
    pub(crate) fn new(folder: &Path) -> Self {
        let inside = folder.join("socket");
        let too_long = inside.join(".s.PGSQL.65535").as_os_str().len() > SOCKET_LIMIT;
        let sockets = if too_long {
            PathBuf::from(format!("/tmp/rolewright-{}", hash::short_name(folder)))
        } else {
            inside
        };
        Self {
            folder: folder.to_owned(),
            data: folder.join("data"),
            password: folder.join("superuser.password"),
            log: folder.join("server.log"),
            sockets,
            lock: folder.join("lock"),
            users: folder.join("users"),
        }
    }

    /// Refuses a folder that has something in it and not our marker; marks an empty one.
    pub(crate) fn claim(&self) -> Result<(), ClusterError> {
        let marker = self.folder.join(MARKER);
        if marker.is_file() {
            return Ok(());
        }
        // Another process may have made its lock file and not the marker yet: a lock alone is not foreign.
        let foreign = fs::read_dir(&self.folder)
            .map_err(|source| self.error("read", &self.folder, source))?
            .flatten()
            .any(|entry| entry.file_name() != "lock" && entry.file_name() != MARKER);
        if foreign {
            return Err(ClusterError::Foreign(self.folder.clone()));
        }
        fs::write(&marker, "This folder was made by rolewright and holds a private PostgreSQL.\n")
            .map_err(|source| self.error("write", &marker, source))
    }

    /// The major version that made the data folder; none when there is no data folder yet.
    pub(crate) fn made_by(&self) -> Option<u32> {
        fs::read_to_string(self.data.join("PG_VERSION")).ok()?.trim().parse().ok()
    }

    pub(crate) fn error(&self, action: &'static str, path: &Path, source: io::Error) -> ClusterError {
        ClusterError::File { action, path: path.to_owned(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_gets_a_short_socket_folder_that_is_always_the_same() {
        let long = PathBuf::from(format!("/{}", "x".repeat(100)));
        let layout = Layout::new(&long);
        assert!(layout.sockets.starts_with("/tmp"));
        assert!(layout.sockets.join(".s.PGSQL.65535").as_os_str().len() <= SOCKET_LIMIT);
        assert_eq!(layout.sockets, Layout::new(&long).sockets);
        assert_eq!(Layout::new(Path::new("/short")).sockets, Path::new("/short/socket"));
    }

    #[test]
    fn a_folder_with_other_things_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("PG_VERSION"), "15\n").unwrap();
        let error = Layout::new(folder.path()).claim().unwrap_err();
        assert!(matches!(error, ClusterError::Foreign(_)), "{error}");
        assert!(!folder.path().join(MARKER).exists());
    }
}
