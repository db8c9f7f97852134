//! `cargo xtask test`: the whole suite, on a server that it provides itself.

use std::process::{Command, ExitCode};

use anyhow::Result;
use rolewright_embedded::Cluster;

use crate::{cargo, interrupt, server};

/// What to test on, and what to test.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Runs the suite once for each of these major versions of PostgreSQL, such as 15,17.
    #[arg(long, value_delimiter = ',', value_name = "MAJOR")]
    pg: Vec<u32>,
    /// Handed on to `cargo nextest run`, or to `cargo test` where nextest is not installed.
    #[arg(last = true)]
    rest: Vec<String>,
}

/// Runs the suite for each version, stops what it started, and fails if anything failed.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    interrupt::watch()?;
    let mut versions: Vec<Option<u32>> = arguments.pg.iter().copied().map(Some).collect();
    if versions.is_empty() {
        versions.push(None);
    }
    let mut failed = false;
    for version in versions {
        failed |= !on(version, arguments)?;
        if interrupt::interrupted() {
            return Ok(ExitCode::from(130));
        }
    }
    println!("xtask: {}", if failed { "tests failed" } else { "every test passed" });
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The suite on one server; says whether all of it passed.
fn on(version: Option<u32>, arguments: &Arguments) -> Result<bool> {
    if version.is_none() && server::is_named() {
        println!("xtask: testing on the server that {} names", server::URL);
        return suites(None, arguments);
    }
    let cluster = server::start(version)?;
    println!(
        "xtask: testing on PostgreSQL {} in {}",
        cluster.binaries().version(),
        cluster.folder().display()
    );
    let passed = suites(Some(&cluster), arguments);
    server::stop(cluster)?;
    println!("xtask: PostgreSQL is stopped");
    passed
}

/// The tests, and then the documentation's examples, which nextest does not run.
fn suites(cluster: Option<&Cluster>, arguments: &Arguments) -> Result<bool> {
    // The tests of the commands run the binary, which a test build alone does not make.
    let mut binary = cargo::command();
    binary.args(["build", "--quiet", "--package", "rolewright"]);
    if !suite(binary, None)? || interrupt::interrupted() {
        return Ok(false);
    }
    let mut tests = cargo::command();
    if cargo::has("nextest") {
        tests.args(["nextest", "run"]);
    } else {
        tests.args(["test", "--lib", "--bins", "--tests"]);
    }
    if !names_package(&arguments.rest) {
        tests.arg("--workspace");
    }
    tests.args(&arguments.rest);
    let passed = suite(tests, cluster)?;
    if !arguments.rest.is_empty() || interrupt::interrupted() {
        return Ok(passed);
    }
    let mut examples = cargo::command();
    examples.args(["test", "--doc", "--workspace", "--quiet"]);
    Ok(suite(examples, cluster)? && passed)
}

/// Do these arguments choose packages themselves?
fn names_package(rest: &[String]) -> bool {
    rest.iter()
        .take_while(|word| *word != "--")
        .any(|word| word.starts_with("-p") || word.starts_with("--package"))
}

fn suite(mut command: Command, cluster: Option<&Cluster>) -> Result<bool> {
    if let Some(cluster) = cluster {
        command.env(server::URL, cluster.admin_url()).env(server::LOG, cluster.log_file());
    }
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    println!("xtask: cargo {}", words.join(" "));
    Ok(interrupt::run(&mut command)?.success())
}
