//! What the tests of this crate share: a folder the server's account can reach, and a way to ask the server.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use rolewright_embedded::{Cluster, ClusterOptions, FindOptions};

/// A temporary folder that everybody may enter.
pub fn open_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

pub fn options(folder: &Path) -> ClusterOptions {
    ClusterOptions::new(folder.join("cluster")).fast().find(FindOptions::new())
}

/// Runs one statement as the superuser.
pub fn ask(cluster: &Cluster, sql: &str) -> Result<String, String> {
    ask_at(cluster, &cluster.admin_url(), sql)
}

pub fn ask_at(cluster: &Cluster, url: &str, sql: &str) -> Result<String, String> {
    let output =
        Command::new(cluster.binaries().program("psql")).args(["-XAtc", sql, "-d", url]).output().unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap().trim().to_owned())
    } else {
        Err(String::from_utf8(output.stderr).unwrap())
    }
}

pub fn postmaster(cluster: &Cluster) -> u32 {
    let text = fs::read_to_string(cluster.folder().join("data/postmaster.pid")).unwrap();
    text.lines().next().unwrap().parse().unwrap()
}

/// Ends one process that a test started, at once.
pub fn kill(pid: u32) {
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
}

pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout == b"0\n"
}

/// Is this root's process? If not, says which test is passed over.
pub fn is_root_or_says(test: &str) -> bool {
    let root = is_root();
    if !root {
        println!("SKIPPED: {test}: only root's server runs as another account");
    }
    root
}

pub fn owner(path: &Path) -> u32 {
    std::os::unix::fs::MetadataExt::uid(&fs::metadata(path).unwrap())
}

/// A folder below this one with links to the real programs, as a distribution would lay them out.
pub fn link_programs(folder: &Path) -> PathBuf {
    let real = rolewright_embedded::Binaries::find(&FindOptions::new()).unwrap();
    fs::create_dir_all(folder).unwrap();
    for name in ["initdb", "pg_ctl", "postgres"] {
        std::os::unix::fs::symlink(real.program(name), folder.join(name)).unwrap();
    }
    folder.to_owned()
}
