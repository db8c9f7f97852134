//! The private cluster that tests share where no server is named.

use std::{path::PathBuf, sync::OnceLock};

use rolewright_embedded::{Cluster, ClusterOptions, Progress};

use crate::TestkitError;

/// The cluster's folder below Cargo's target folder; `cargo xtask test` uses the same one and stops it at its end.
const FOLDER: &str = "rolewright-test";

/// This process's share in the cluster. Made at most once; the server stays for the next process.
pub(crate) fn cluster() -> Result<&'static Cluster, TestkitError> {
    static CLUSTER: OnceLock<Result<Cluster, (String, String)>> = OnceLock::new();
    let opened = CLUSTER.get_or_init(|| {
        let options = ClusterOptions::new(folder()).fast().keep_running().progress(Progress::new(tell));
        Cluster::open(&options).map_err(|error| (error.to_string(), error.hint()))
    });
    opened.as_ref().map_err(|(why, hint)| TestkitError::NoServer { why: why.clone(), hint: hint.clone() })
}

/// Says what takes so long; a test harness keeps it and shows it with a failed test.
#[expect(
    clippy::print_stderr,
    reason = "a test suite has no other place to be told why its first test takes a while"
)]
fn tell(line: &str) {
    eprintln!("rolewright-testkit: {line}");
}

/// Below the target folder this test binary was built into, which Cargo marks with CACHEDIR.TAG; else where
/// temporary files survive a restart.
fn folder() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    target.map_or_else(|| PathBuf::from("/var/tmp"), PathBuf::from).join(FOLDER)
}
