//! `cargo xtask test`: the whole suite, on one server or on several versions one after the other.

mod outcome;
mod run;

use std::{process::ExitCode, time::Instant};

use anyhow::Result;
use outcome::Outcome;

use crate::{
    cargo, interrupt,
    server::{self, Server},
};

/// What to test on, and what to test.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Runs the suite once for each of these major versions of PostgreSQL, such as 15,17.
    #[arg(long, value_delimiter = ',', value_name = "MAJOR")]
    pg: Vec<u32>,
    /// Only this way to a server, in place of the first that leads to one.
    #[arg(long, value_parser = ["container", "local", "embedded"])]
    server: Option<String>,
    /// Only these modules of the cross-crate tests, such as roles,sessions.
    #[arg(long, value_delimiter = ',', value_name = "MODULE")]
    only: Vec<String>,
    /// Handed on to `cargo nextest run`, or to `cargo test` where nextest is not installed.
    #[arg(last = true)]
    rest: Vec<String>,
}

/// One row of the table at the end.
struct Row {
    asked: Option<u32>,
    served: String,
    outcome: Outcome,
    seconds: u64,
}

/// Runs the suite for each version, removes what it started, and fails if anything failed.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    interrupt::watch()?;
    let mut versions: Vec<Option<u32>> = arguments.pg.iter().copied().map(Some).collect();
    if versions.is_empty() {
        versions.push(None);
    }
    let mut rows: Vec<Row> = Vec::new();
    let mut failed =
        !interrupt::run(cargo::command().args(["build", "--quiet", "--workspace", "--bins"]))?.success();
    for (number, version) in versions.iter().enumerate() {
        if interrupt::interrupted() || (failed && rows.is_empty() && number > 0) {
            break;
        }
        let begun = Instant::now();
        let (served, outcome) = on(*version, arguments, number == 0);
        failed |= !outcome.ok;
        rows.push(Row { asked: *version, served, outcome, seconds: begun.elapsed().as_secs() });
    }
    table(&rows);
    if interrupt::interrupted() {
        return Ok(ExitCode::from(130));
    }
    println!("xtask: {}", if failed { "tests failed" } else { "every test passed" });
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The suite on one server: what served it, and how it went.
fn on(version: Option<u32>, arguments: &Arguments, examples: bool) -> (String, Outcome) {
    let server = match Server::start(version, arguments.server.as_deref()) {
        Ok(server) => server,
        Err(error) => return (error.to_string(), Outcome::default()),
    };
    println!("xtask: testing on {}", server.served);
    for (name, what) in [(server::LOG, "log"), (server::SOCKET, "socket")] {
        if !server.variables.iter().any(|(known, _)| known == name) {
            println!("xtask: SKIPPING what needs the server's {what}: {name} does not say where it is");
        }
    }
    let outcome = run::suites(&server, arguments, examples).unwrap_or_else(|error| {
        println!("xtask: {error}");
        Outcome::default()
    });
    let served = server.served.clone();
    if let Err(error) = server.stop() {
        println!("xtask: the server does not stop: {error}");
    }
    (served, outcome)
}

fn table(rows: &[Row]) {
    println!("\n{:>5}  {:>6}  {:>6}  {:>6}  served by", "major", "passed", "failed", "time");
    for Row { asked, served, outcome, seconds } in rows {
        let major = asked.map_or_else(|| "any".to_owned(), |major| major.to_string());
        let Outcome { passed, failed, ok } = outcome;
        let verdict = if *ok { "" } else { "  FAILED" };
        println!("{major:>5}  {passed:>6}  {failed:>6}  {seconds:>5}s  {served}{verdict}");
    }
}
