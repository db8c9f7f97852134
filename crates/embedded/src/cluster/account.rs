//! The account a server runs as when root starts it, because PostgreSQL refuses to run as root.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::Path,
    process::{Command, Stdio},
};

use crate::ClusterError;

/// The accounts tried in order when none is named.
const USUAL: [&str; 2] = ["postgres", "nobody"];

/// An unprivileged account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Account {
    /// The account to drop to for this folder: none unless this process is root's.
    ///
    /// An account that has made the folder before keeps it, whichever others there are by now.
    pub(crate) fn needed(wanted: Option<&str>, folder: &Path) -> Result<Option<Self>, ClusterError> {
        if !is_root() {
            return Ok(None);
        }
        let found = match wanted {
            Some(name) => Self::named(name),
            None => {
                let mut usual: Vec<Self> = USUAL.iter().filter_map(|name| Self::named(name)).collect();
                let owner = owner_in_trust(folder);
                let place = usual.iter().position(|account| Some(account.uid) == owner).unwrap_or(0);
                (!usual.is_empty()).then(|| usual.swap_remove(place))
            }
        };
        found
            .map(Some)
            .ok_or_else(|| ClusterError::NoAccount(wanted.unwrap_or("postgres or nobody").to_owned()))
    }

    /// The account of this name, if there is one and it is not another name of root.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let uid = id(&["-u", name])?;
        let gid = id(&["-g", name])?;
        (uid != 0).then(|| Self { name: name.to_owned(), uid, gid })
    }
}

/// The owner of a folder that nobody but root or that owner can have put there.
fn owner_in_trust(folder: &Path) -> Option<u32> {
    let there = fs::symlink_metadata(folder).ok()?;
    let parent = fs::metadata(folder.parent()?).ok()?;
    let closed = parent.mode() & 0o022 == 0 && [0, there.uid()].contains(&parent.uid());
    (there.is_dir() && closed).then(|| there.uid())
}

/// May a package that is installed now bring the account a server would rather run as?
pub(crate) fn may_come_with_package() -> bool {
    is_root() && Account::named(USUAL[0]).is_none()
}

/// Is this process root's?
pub(crate) fn is_root() -> bool {
    own_uid() == Some(0)
}

/// The number of this process's account.
pub(crate) fn own_uid() -> Option<u32> {
    id(&["-u"])
}

/// Asks `id` of POSIX, which knows the accounts of every name service, as /etc/passwd does not.
fn id(arguments: &[&str]) -> Option<u32> {
    let output =
        Command::new("id").args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_the_account_that_made_it_unless_anybody_could_have_put_it_there() {
        if !is_root() {
            println!("SKIPPED: only root's server runs as another account");
            return;
        }
        let nobody = Account::named("nobody").unwrap();
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("cluster");
        fs::create_dir(&folder).unwrap();
        std::os::unix::fs::chown(&folder, Some(nobody.uid), Some(nobody.gid)).unwrap();
        assert_eq!(Account::needed(None, &folder).unwrap(), Some(nobody.clone()));
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o1777);
        fs::set_permissions(parent.path(), open).unwrap();
        assert_eq!(owner_in_trust(&folder), None);
        assert_eq!(Account::needed(Some("nobody"), &folder).unwrap(), Some(nobody));
    }

    #[test]
    fn root_is_no_account_to_drop_to() {
        assert_eq!(Account::named("root"), None);
        assert_eq!(Account::named("no-such-account-here"), None);
        assert_ne!(Account::named("nobody").unwrap().uid, 0);
    }
}
