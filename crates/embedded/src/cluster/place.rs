//! Finds a folder that the server's account can reach.

use std::{
    fs,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, chown},
    path::{Path, PathBuf},
};

use crate::{
    ClusterError, Progress,
    cluster::{Account, account},
    hash,
};

/// Where folders go whose wanted place cannot be reached.
const FALLBACK: &str = "/var/tmp";

/// Makes the wanted folder, or one that stands in for it, and gives it to the account.
pub(crate) fn prepare(
    wanted: &Path,
    account: Option<&Account>,
    progress: &Progress,
) -> Result<PathBuf, ClusterError> {
    let wanted = std::path::absolute(wanted).map_err(|source| error("resolve", wanted, source))?;
    let parent = wanted.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(parent).map_err(|source| error("create", parent, source))?;
    // Symbolic links are followed now, so that one cluster has one name.
    let parent = parent.canonicalize().map_err(|source| error("resolve", parent, source))?;
    let wanted = wanted
        .canonicalize()
        .unwrap_or_else(|_| wanted.file_name().map_or(parent.clone(), |name| parent.join(name)));
    let folder = match account {
        Some(account) if !reachable(wanted.parent().unwrap_or(&parent), account) => {
            let folder = Path::new(FALLBACK).join(format!("rolewright-{}", hash::short_name(&wanted)));
            progress.say(&format!(
                "the account {} cannot reach {}, so the cluster lives in {}",
                account.name,
                wanted.display(),
                folder.display()
            ));
            folder
        }
        _ => wanted,
    };
    own(&folder, account)?;
    Ok(folder)
}

/// Makes a folder for one owner alone. One that is there must be that owner's, or, when empty, root's.
///
/// Below /tmp and /var/tmp anybody may have put one there first: a symbolic link or somebody else's folder is refused.
pub(crate) fn own(folder: &Path, account: Option<&Account>) -> Result<(), ClusterError> {
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => {}
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(source) => return Err(error("create", folder, source)),
    }
    let there = fs::symlink_metadata(folder).map_err(|source| error("read", folder, source))?;
    let Some(account) = account else {
        let own = there.is_dir() && account::own_uid() == Some(there.uid());
        return if own { Ok(()) } else { Err(ClusterError::Foreign(folder.to_owned())) };
    };
    if there.is_dir() && there.uid() == account.uid {
        return Ok(());
    }
    let empty = there.is_dir() && fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    if !empty || there.uid() != 0 {
        return Err(ClusterError::Foreign(folder.to_owned()));
    }
    chown(folder, Some(account.uid), Some(account.gid))
        .map_err(|source| error("hand over", folder, source))?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
        .map_err(|source| error("protect", folder, source))
}

/// May the account go through this folder and all above it?
fn reachable(folder: &Path, account: &Account) -> bool {
    folder.ancestors().all(|above| {
        fs::metadata(above).is_ok_and(|there| {
            let bit = if there.uid() == account.uid {
                0o100
            } else if there.gid() == account.gid {
                0o010
            } else {
                0o001
            };
            there.mode() & bit != 0
        })
    })
}

fn error(action: &'static str, path: &Path, source: std::io::Error) -> ClusterError {
    ClusterError::File { action, path: path.to_owned(), source }
}
