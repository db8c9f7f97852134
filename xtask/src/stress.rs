//! `cargo xtask stress`: the engine's harnesses in full, on a private PostgreSQL whose autovacuum never rests.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use rolewright_embedded::{Cluster, ClusterError, ClusterOptions, FindOptions, Progress};

use crate::{cargo, interrupt, server};

/// The environment variable by which the tests know that the whole is asked for.
const FULL: &str = "ROLEWRIGHT_TEST_FULL";

/// Where, and which of them.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The major version of PostgreSQL, such as 17.
    #[arg(long, value_name = "MAJOR")]
    pg: Option<u32>,
    /// Runs what a release is: optimised. The figures of costs mean something only so.
    #[arg(long)]
    release: bool,
    /// Only the harnesses whose names contain this.
    #[arg(default_value = "engine::")]
    only: String,
}

/// Runs one harness after the other, so that each has the server to itself, and shows their counts.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    interrupt::watch()?;
    let cluster = start(arguments.pg)?;
    println!("xtask: PostgreSQL {} in {}", cluster.binaries().version(), cluster.folder().display());
    let passed = harnesses(&cluster, arguments);
    cluster.stop().map_err(advise)?;
    Ok(if passed? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn start(major: Option<u32>) -> Result<Cluster> {
    let find = major.map_or_else(FindOptions::new, |major| FindOptions::new().major(major));
    let name =
        major.map_or_else(|| "rolewright-stress".to_owned(), |major| format!("rolewright-stress-{major}"));
    let folder = cargo::metadata()?.target_directory.into_std_path_buf().join(name);
    let mut options = ClusterOptions::new(folder)
        .fast()
        .find(find)
        .progress(Progress::new(|line| println!("xtask: {line}")))
        .setting("max_connections", "500");
    for (name, value) in [
        ("autovacuum_naptime", "1s"),
        ("autovacuum_max_workers", "4"),
        ("autovacuum_vacuum_threshold", "1"),
        ("autovacuum_vacuum_scale_factor", "0"),
        ("autovacuum_analyze_threshold", "1"),
        ("autovacuum_analyze_scale_factor", "0"),
        ("autovacuum_vacuum_cost_delay", "0"),
    ] {
        options = options.setting(name, value);
    }
    Cluster::open(&options).map_err(advise)
}

fn harnesses(cluster: &Cluster, arguments: &Arguments) -> Result<bool> {
    let profile = if arguments.release { &["--release"][..] } else { &[] };
    let mut binary = cargo::command();
    binary.args(["build", "--quiet", "--package", "rolewright"]).args(profile);
    if !interrupt::run(&mut binary)?.success() || interrupt::interrupted() {
        return Ok(false);
    }
    let mut tests = cargo::command();
    tests
        .args(["test", "--quiet", "--package", "rolewright-testkit", "--test", "it", &arguments.only])
        .args(profile);
    tests.args(["--", "--test-threads=1", "--nocapture"]);
    tests.env(server::URL, cluster.admin_url()).env(FULL, "1");
    tests.env(server::LOG, cluster.log_file()).env(server::SOCKET, cluster.socket_folder());
    Ok(interrupt::run(&mut tests)?.success())
}

/// The hint as the outer error's cause, which `main` prints on its own line.
fn advise(error: ClusterError) -> anyhow::Error {
    anyhow!("{}", error.hint()).context(error.to_string())
}
