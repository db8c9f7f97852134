//! The cache folder of programs that were obtained before.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    Binaries,
    error::Attempt,
    find::{FindOptions, accept},
};

/// How the name of each kept folder begins.
pub(crate) const PREFIX: &str = "postgresql-";

/// The newest programs in the cache that will do.
pub(crate) fn find(options: &FindOptions) -> Result<Binaries, Attempt> {
    let folders = fs::read_dir(&options.cache).into_iter().flatten().flatten().filter(|entry| {
        entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX) && !name.ends_with(".part"))
    });
    let mut found: Vec<Binaries> =
        folders.filter_map(|entry| accept(options, &bin_below(&entry.path())?).ok()).collect();
    found.sort_by_key(Binaries::major);
    found.pop().ok_or_else(|| Attempt {
        tried: format!("the cache {}", options.cache.display()),
        why: "none is kept there that will do".into(),
        remedy: None,
    })
}

/// `bin`, in this folder or in the one folder inside it.
pub(crate) fn bin_below(folder: &Path) -> Option<PathBuf> {
    let inner = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path().join("bin"));
    std::iter::once(folder.join("bin")).chain(inner).find(|bin| bin.join("postgres").is_file())
}

/// The server's account, which may be another than ours, must reach the programs.
#[cfg(any(feature = "download", feature = "npm"))]
pub(crate) fn open_to_all(folder: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
        .map_err(|error| format!("cannot open {} to the server's account: {error}", folder.display()))
}
