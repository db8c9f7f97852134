//! The few environment variables of a private PostgreSQL, read in this one place.

use std::{ffi::OsString, path::PathBuf};

/// Folders with `initdb`, `pg_ctl` and `postgres`, separated as in PATH, to be used instead of any other.
pub(crate) const BIN: &str = "ROLEWRIGHT_POSTGRES_BIN";
/// The account a server started by root runs as.
pub(crate) const ACCOUNT: &str = "ROLEWRIGHT_POSTGRES_ACCOUNT";
/// Where archives of PostgreSQL come from: a `file://` folder, or a list of releases on the Internet.
pub(crate) const ARCHIVES: &str = "ROLEWRIGHT_POSTGRES_ARCHIVES";

/// The folders [`BIN`] names.
pub(crate) fn bin() -> Vec<PathBuf> {
    read(BIN).map(|value| std::env::split_paths(&value).collect()).unwrap_or_default()
}

/// The account [`ACCOUNT`] names.
pub(crate) fn account() -> Option<String> {
    read(ACCOUNT).and_then(|value| value.into_string().ok())
}

/// The repository [`ARCHIVES`] names.
pub(crate) fn archives() -> Option<String> {
    read(ARCHIVES).and_then(|value| value.into_string().ok())
}

/// The token that GitHub's own tools use, for its API alone.
#[cfg(feature = "download")]
pub(crate) fn github_token() -> Option<String> {
    read("GITHUB_TOKEN").and_then(|value| value.into_string().ok())
}

/// The folders of PATH.
pub(crate) fn path() -> Vec<PathBuf> {
    read("PATH").map(|value| std::env::split_paths(&value).collect()).unwrap_or_default()
}

/// Where obtained programs are kept: the user's cache folder (XDG Base Directory Specification), or the system's for
/// root, whose own folders the server's account cannot reach.
pub(crate) fn cache_folder(is_root: bool) -> PathBuf {
    if is_root {
        return PathBuf::from("/var/cache/rolewright");
    }
    let base = read("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let base = base.or_else(|| read("HOME").map(|home| PathBuf::from(home).join(".cache")));
    base.unwrap_or_else(|| PathBuf::from("/var/tmp")).join("rolewright")
}

#[expect(
    clippy::disallowed_methods,
    reason = "this crate knows no other, so it cannot ask the settings of core"
)]
fn read(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
