//! Every command of a developer of Rolewright: `cargo xtask …`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a developer's command speaks to a terminal")]

mod cargo;
mod check;
mod demo;
mod images;
mod interrupt;
mod server;
mod stress;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Every command of a developer of Rolewright.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs every test, on ROLEWRIGHT_TEST_DATABASE_URL or on a private PostgreSQL.
    Test(test::Arguments),
    /// Runs the engine's harnesses in full: killed anywhere, many at once, counters, rotation under load.
    Stress(stress::Arguments),
    /// Shows the main job on a clinic's data, on a private PostgreSQL.
    Demo(demo::Arguments),
    /// Checks what the compiler does not: layers, module docs, migrations, generated pages, sizes.
    Check(check::Arguments),
    /// Builds container images `postgres:MAJOR` on this machine, for where no registry can be reached.
    Images(images::Arguments),
    /// Stops the servers and containers that test runs outside of `cargo xtask test` left running.
    Stop,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Test(arguments) => test::run(&arguments),
        Command::Stress(arguments) => stress::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Images(arguments) => images::run(&arguments),
        Command::Stop => server::stop_left_over().map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        for cause in error.chain().skip(1) {
            eprintln!("hint: {cause}");
        }
        ExitCode::FAILURE
    })
}
