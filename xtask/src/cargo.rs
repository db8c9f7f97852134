//! The workspace as Cargo sees it, and Cargo itself as a command.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};
use cargo_metadata::{Metadata, MetadataCommand};

/// The workspace's root folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// The workspace's packages and folders.
pub(crate) fn metadata() -> Result<Metadata> {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("cargo metadata does not understand this workspace")
}

/// Where a build of the default profile puts programs.
pub(crate) fn debug_folder() -> Result<PathBuf> {
    Ok(metadata()?.target_directory.join("debug").into())
}

/// Cargo, in the workspace's root; rustup keeps to the toolchain that runs this command.
pub(crate) fn command() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root());
    command
}

/// Is this subcommand installed?
pub(crate) fn has(subcommand: &str) -> bool {
    command().args([subcommand, "--version"]).output().is_ok_and(|output| output.status.success())
}
