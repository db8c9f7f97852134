//! The PostgreSQL that the tests run on.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use rolewright_embedded::{Cluster, ClusterError, ClusterOptions, FindOptions, Progress};

use crate::cargo;

/// The environment variable that names a server to use instead of a private one.
pub(crate) const URL: &str = "ROLEWRIGHT_TEST_DATABASE_URL";
/// The environment variable that tells the testkit where that server logs.
pub(crate) const LOG: &str = "ROLEWRIGHT_TEST_SERVER_LOG";

/// The folder below the target folder; the testkit uses the same one for any version.
const FOLDER: &str = "rolewright-test";

/// Is a server named?
#[expect(clippy::disallowed_methods, reason = "this command reads no settings of the product")]
pub(crate) fn is_named() -> bool {
    std::env::var_os(URL).is_some_and(|value| !value.is_empty())
}

/// Starts the private cluster of this major version, or joins one that a test run left.
pub(crate) fn start(major: Option<u32>) -> Result<Cluster> {
    Cluster::open(&options(major)?).map_err(advise)
}

/// Stops it.
pub(crate) fn stop(cluster: Cluster) -> Result<()> {
    cluster.stop().map_err(advise)
}

/// Stops the cluster that tests outside `cargo xtask test` share, if there is one.
pub(crate) fn stop_left_over() -> Result<()> {
    let folder = folder(None)?;
    let cluster = Cluster::open(&options(None)?).map_err(advise)?;
    stop(cluster)?;
    println!("xtask: no PostgreSQL runs for {} now", folder.display());
    Ok(())
}

fn options(major: Option<u32>) -> Result<ClusterOptions> {
    let find = major.map_or_else(FindOptions::new, |major| FindOptions::new().major(major));
    let tell = Progress::new(|line| println!("xtask: {line}"));
    Ok(ClusterOptions::new(folder(major)?).fast().find(find).progress(tell))
}

fn folder(major: Option<u32>) -> Result<PathBuf> {
    let target = cargo::metadata()?.target_directory.into_std_path_buf();
    Ok(target.join(major.map_or_else(|| FOLDER.to_owned(), |major| format!("{FOLDER}-{major}"))))
}

/// The hint as the outer error's cause, which `main` prints on its own line.
fn advise(error: ClusterError) -> anyhow::Error {
    anyhow!("{}", error.hint()).context(error.to_string())
}
