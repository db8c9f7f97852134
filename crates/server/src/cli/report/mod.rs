//! `report …`: stored reports, from the command line.

mod add;
mod args;
mod export;
mod import;
mod list;
mod publish;
mod roles;
mod run;
mod show;
mod told;
mod verify;

use std::path::Path;

use rolewright_core::Exit;

pub(crate) use args::ReportCommand;

use super::{Outcome, Terminal, args::Global, failure::Failure, start};
use crate::reports::Reports;

pub(crate) async fn run(global: &Global, terminal: &Terminal, command: ReportCommand) -> Outcome {
    let roles = roles::OneByOne::new(start::unlocked(global).await?);
    let reports = Reports::new(roles.core(), &roles);
    let outcome = match command {
        ReportCommand::Add(args) => add::run(terminal, reports, args).await,
        ReportCommand::List { removed } => list::run(terminal, reports, removed).await,
        ReportCommand::Show(args) => show::run(terminal, reports, &args).await,
        ReportCommand::Verify { name, number, .. } => verify::run(terminal, reports, name, number).await,
        ReportCommand::Run(args) => run::run(terminal, reports, roles.ground(), args).await,
        ReportCommand::Publish { name, number } => publish::publish(terminal, reports, &name, number).await,
        ReportCommand::Remove { name, purge } => publish::remove(terminal, reports, &name, purge).await,
        ReportCommand::Export(args) => export::run(terminal, reports, &args).await,
        ReportCommand::Import(args) => import::run(terminal, reports, &args).await,
    };
    roles.close().await;
    outcome
}

/// A file that cannot be read or written.
fn file(path: &Path, what: &str, error: &std::io::Error) -> Failure {
    Failure::plain(Exit::Usage, format!("{} cannot be {what}: {error}", path.display()), None)
}
