//! The account a server runs as when root starts it, because PostgreSQL refuses to run as root.

use std::process::{Command, Stdio};

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
    /// The account to drop to: none unless this process is root's.
    pub(crate) fn needed(wanted: Option<&str>) -> Result<Option<Self>, ClusterError> {
        if !is_root() {
            return Ok(None);
        }
        let found = match wanted {
            Some(name) => Self::named(name),
            None => USUAL.iter().find_map(|name| Self::named(name)),
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
    fn root_is_no_account_to_drop_to() {
        assert_eq!(Account::named("root"), None);
        assert_eq!(Account::named("no-such-account-here"), None);
        assert_ne!(Account::named("nobody").unwrap().uid, 0);
    }
}
