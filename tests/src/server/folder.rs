//! Where test processes keep what they share: below Cargo's target folder, whichever way the process was started.

use std::path::{Path, PathBuf};

use super::choice::variable;

/// The beginning of each shared folder's name; `cargo xtask stop` looks for it.
const NAME: &str = "rolewright-test";

/// The folder of this major version, or of any.
pub(super) fn shared(major: Option<u32>) -> PathBuf {
    base().join(major.map_or_else(|| NAME.to_owned(), |major| format!("{NAME}-{major}")))
}

/// The target folder; where there is none, a folder whose files survive a restart.
///
/// A test binary lies in it. A documentation example does not, but Cargo names the target folder's libraries to it, and runs it in
/// its package.
fn base() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let libraries = ["LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"]
        .into_iter()
        .filter_map(variable)
        .flat_map(|value| std::env::split_paths(&value).collect::<Vec<_>>());
    let told = variable("CARGO_TARGET_DIR").map(PathBuf::from);
    let here = std::env::current_dir().unwrap_or_default();
    let beside = here.ancestors().map(|folder| folder.join("target"));
    let candidates = std::iter::once(program).chain(libraries).chain(told.clone()).chain(beside);
    // A target folder that was copied may have lost its mark.
    let unmarked = told.filter(|folder| folder.is_absolute() && folder.is_dir());
    let found = candidates.filter_map(|path| target_above(&path)).next().or(unmarked);
    found.unwrap_or_else(|| PathBuf::from("/var/tmp"))
}

/// The nearest folder at or above this one that Cargo has marked with CACHEDIR.TAG.
fn target_above(path: &Path) -> Option<PathBuf> {
    let found = path.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file())?;
    found.canonicalize().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_folder_is_known_by_its_mark() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("debug/deps");
        std::fs::create_dir_all(&deep).unwrap();
        assert_eq!(target_above(&deep), None);
        std::fs::write(folder.path().join("CACHEDIR.TAG"), "").unwrap();
        assert_eq!(target_above(&deep), Some(folder.path().canonicalize().unwrap()));
    }

    #[test]
    fn each_version_has_a_folder_of_its_own() {
        assert_ne!(shared(None), shared(Some(16)));
        assert!(
            shared(Some(16)).parent().unwrap().join("CACHEDIR.TAG").is_file(),
            "this binary lies below one"
        );
    }
}
