//! The project's source files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::cargo;

/// Where sources are, below the root.
const SOURCES: [&str; 4] = ["crates", "tests", "xtask", "examples"];

/// Every `.rs` file of the project, sorted, relative to the root.
pub(super) fn rust() -> Result<Vec<PathBuf>> {
    let root = cargo::root();
    let mut found = Vec::new();
    for folder in SOURCES {
        if root.join(folder).is_dir() {
            below(&root.join(folder), &mut found)?;
        }
    }
    found.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    Ok(found
        .into_iter()
        .map(|path| path.strip_prefix(&root).map_or(path.clone(), Path::to_path_buf))
        .collect())
}

/// Every file below a folder, sorted; build output is passed by.
pub(super) fn below(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    for path in entries {
        if !path.is_dir() {
            found.push(path);
        } else if path.file_name().is_some_and(|name| name != "target" && name != "snapshots") {
            below(&path, found)?;
        }
    }
    Ok(())
}

/// The text of a file of the project.
pub(super) fn read(path: &Path) -> Result<String> {
    let path = cargo::root().join(path);
    fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes a file of the project, and its folder.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    let path = cargo::root().join(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}
