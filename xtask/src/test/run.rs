//! Runs the test runner, and the documentation's examples, on one server.

use std::{
    io::{BufRead as _, BufReader, Read},
    process::{Command, Stdio},
    thread,
};

use anyhow::{Context as _, Result};

use super::{Arguments, Outcome, outcome};
use crate::{cargo, interrupt, server::Server};

/// The tests, and then, if wanted, the documentation's examples, which nextest does not run.
pub(super) fn suites(server: &Server, arguments: &Arguments, examples: bool) -> Result<Outcome> {
    let nextest = cargo::has("nextest");
    let mut tests = cargo::command();
    tests.args(if nextest { &["nextest", "run"][..] } else { &["test", "--no-fail-fast"] });
    if arguments.only.is_empty() {
        if !nextest {
            tests.args(["--lib", "--bins", "--tests"]);
        }
        if !names_package(&arguments.rest) {
            tests.arg("--workspace");
        }
        tests.args(&arguments.rest);
    } else {
        // The features of the whole workspace, so that nothing is built twice.
        tests.args(["--workspace", "--test", "it"]);
        let filters = arguments.only.iter().map(|module| format!("{module}::"));
        tests.args(&arguments.rest);
        if !nextest {
            tests.arg("--");
        }
        tests.args(filters);
    }
    let mut all = suite(tests, server)?;
    if examples && arguments.only.is_empty() && arguments.rest.is_empty() && !interrupt::interrupted() {
        let mut examples = cargo::command();
        examples.args(["test", "--doc", "--workspace", "--quiet"]);
        all.add(&suite(examples, server)?);
    }
    Ok(all)
}

/// Do these arguments choose packages themselves?
fn names_package(rest: &[String]) -> bool {
    rest.iter()
        .take_while(|word| *word != "--")
        .any(|word| word.starts_with("-p") || word.starts_with("--package"))
}

/// Runs the command, shows what it says, and counts in it.
fn suite(mut command: Command, server: &Server) -> Result<Outcome> {
    command.envs(server.variables.iter().map(|(name, value)| (name, value)));
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    println!("xtask: cargo {}", words.join(" "));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let said = child.stdout.take().context("it has no output")?;
    let complained = child.stderr.take().context("it has no error output")?;
    let readers = [thread::spawn(|| show(said, false)), thread::spawn(|| show(complained, true))];
    let status = interrupt::wait(child)?;
    let mut counted = Outcome { ok: true, ..Outcome::default() };
    for reader in readers {
        counted.add(&reader.join().unwrap_or_default());
    }
    counted.ok = status.success();
    Ok(counted)
}

/// Hands each line on and counts what it reports.
fn show(from: impl Read, error: bool) -> Outcome {
    let mut counted = Outcome { ok: true, ..Outcome::default() };
    let mut lines = BufReader::new(from).split(b'\n');
    while let Some(Ok(line)) = lines.next() {
        let line = String::from_utf8_lossy(&line).into_owned();
        counted.add(&outcome::parse(&line));
        if error {
            eprintln!("{line}");
        } else {
            println!("{line}");
        }
    }
    counted
}
