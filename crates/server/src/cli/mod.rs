//! The `rolewright` binary's commands: arguments in, one library call, output and an exit code out.

mod accept;
mod apply;
mod args;
mod as_subject;
mod attack;
mod completions;
mod config;
mod consent;
mod demo;
mod doctor;
mod embedded;
mod failure;
mod help;
mod lines;
mod log;
mod logging;
mod matrix;
mod plan;
mod principal;
mod query;
mod report;
mod secret;
mod serve;
mod start;
mod stopped;
mod tenant;
mod terminal;
mod url;
mod verify;

use std::process::ExitCode;

use clap::{Parser, error::ErrorKind};
use rolewright_core::Exit;

use args::{Cli, Command};
pub(crate) use failure::{Failure, Outcome};
pub(crate) use serve::signalled;
pub(crate) use terminal::Terminal;

/// Parses the command line, runs the command, prints `error:` and `hint:` where it fails, and gives the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => return usage_exit(&usage),
    };
    let terminal = Terminal::new(&cli.global);
    logging::init(&cli);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(cause) => {
            return terminal.give_up(&Failure::plain(Exit::Failed, format!("no runtime: {cause}"), None));
        }
    };
    match runtime.block_on(run(cli, &terminal)) {
        Ok(exit) => terminal.end(exit),
        Err(failure) => terminal.give_up(&failure),
    }
}

async fn run(cli: Cli, terminal: &Terminal) -> Outcome {
    let global = &cli.global;
    match cli.command {
        Command::Serve => serve::run(global).await,
        Command::Plan(args) => plan::plan(global, terminal, &args).await,
        Command::Apply(args) => apply::run(global, terminal, &args).await,
        Command::Check => plan::check(global, terminal).await,
        Command::Verify => verify::run(global, terminal).await,
        Command::Matrix => matrix::run(global, terminal).await,
        Command::Url { name, .. } => url::run(global, terminal, name.as_deref()).await,
        Command::Query(args) => query::run(global, terminal, args).await,
        Command::Report { command } => report::run(global, terminal, command).await,
        Command::Tenant { command } => tenant::run(global, terminal, command).await,
        Command::Consent { command } => consent::run(global, terminal, command).await,
        Command::Accept { name, relations } => accept::run(global, terminal, &name, &relations).await,
        Command::Log { lines } => log::run(global, terminal, lines).await,
        Command::Attack(args) => attack::run(global, terminal, &args).await,
        Command::Doctor => doctor::run(global, terminal).await,
        Command::Secret { command } => secret::run(global, terminal, command).await,
        Command::Config { command } => config::run(global, terminal, &command).await,
        Command::Demo(args) => demo::run(terminal, &args).await,
        Command::HelpMarkdown => help::run(terminal),
        Command::Completions { shell } => completions::run(terminal, shell),
    }
}

fn usage_exit(usage: &clap::Error) -> ExitCode {
    let asked = matches!(usage.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    // Standard output may be gone; there is nobody left to tell.
    let _ = usage.print();
    ExitCode::from(if asked { Exit::Ok } else { Exit::Usage }.code())
}
