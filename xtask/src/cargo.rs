//! The workspace as Cargo sees it, and Cargo itself as a command.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};
use cargo_metadata::{Metadata, MetadataCommand};

/// The workspace's root folder: of the clone that Cargo runs this for, which need not be the one that it was built in where clones
/// share a target folder.
#[expect(clippy::disallowed_methods, reason = "Cargo's own variable, no setting of the product")]
pub(crate) fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().map_or_else(PathBuf::new, Path::to_path_buf)
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
///
/// What the Cargo that runs this command says about this package is kept from it: build scripts look at it, and would build
/// half the workspace anew each time.
pub(crate) fn command() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_about_package) {
            command.env_remove(name);
        }
    }
    command
}

/// Is this one of the variables that Cargo sets for a program of one package?
fn is_about_package(name: &str) -> bool {
    ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_BIN_", "CARGO_CRATE_"]
        .iter()
        .any(|begin| name.starts_with(begin))
}

/// Is this subcommand installed?
pub(crate) fn has(subcommand: &str) -> bool {
    command().args([subcommand, "--version"]).output().is_ok_and(|output| output.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_about_this_package_reaches_the_inner_cargo() {
        // Cargo sets CARGO_MANIFEST_DIR for tests as it does for programs.
        assert!(std::env::vars_os().any(|(name, _)| name == "CARGO_MANIFEST_DIR"));
        let command = command();
        let kept = |wanted: &str| !command.get_envs().any(|(name, value)| name == wanted && value.is_none());
        assert!(!kept("CARGO_MANIFEST_DIR") && kept("CARGO_TARGET_DIR"));
    }
}
