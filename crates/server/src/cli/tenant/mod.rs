//! `tenant …`: the life of tenants, from the command line.

mod args;
mod ids;
mod show;
mod url;

use rolewright_core::Exit;

use args::Ids;
pub(crate) use args::TenantCommand;

use super::{
    Outcome, Terminal,
    args::{Format, Global},
    start,
    stopped::{self, Left},
};
use crate::tenants::{Ground, Item, Kind, Stop, TenantError, Tenants};

pub(crate) async fn run(global: &Global, terminal: &Terminal, command: TenantCommand) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    let ground = Ground::of(&start::unlocked(global).await?)?;
    let tenants = Tenants::new(&ground);
    match command {
        TenantCommand::Add { ids, adopt } => work(terminal, tenants, Kind::Add, &ids, adopt).await,
        TenantCommand::Upgrade { ids } => work(terminal, tenants, Kind::Upgrade, &ids, false).await,
        TenantCommand::Disable { ids } => work(terminal, tenants, Kind::Disable, &ids, false).await,
        TenantCommand::Enable { ids } => work(terminal, tenants, Kind::Enable, &ids, false).await,
        TenantCommand::Purge { ids, .. } => work(terminal, tenants, Kind::Purge, &ids, false).await,
        TenantCommand::List { purged } => show::list(terminal, &tenants.list(purged).await?),
        TenantCommand::Show { id } => show::one(terminal, tenants.get(&id).await?, tenants.last(&id).await?),
        TenantCommand::Jobs { job: Some(job), stop: true, .. } => {
            show::halted(terminal, &tenants.halt(job).await?)
        }
        TenantCommand::Jobs { job: Some(job), .. } => show::job(terminal, job, &tenants.job(job).await?),
        TenantCommand::Jobs { lines, .. } => show::jobs(terminal, &tenants.jobs(lines).await?),
        TenantCommand::Resume => resume(terminal, tenants).await,
        TenantCommand::Url { login: Some(number), .. } => url::of_login(terminal, &ground, number).await,
        TenantCommand::Url { id: None, .. } => url::of_login(terminal, &ground, 1).await,
        TenantCommand::Url { id: Some(id), reports: true, .. } => {
            url::of_reports(terminal, &ground, &id).await
        }
        TenantCommand::Url { id: Some(id), .. } => url::of_tenant(terminal, &ground, &id).await,
    }
}

/// What becomes of the rest of a new job.
const FAILS: Left<'_> = Left { rest: "the rest is not begun, and fails as stopped", hint: RESUME };
/// What becomes of the rest of jobs that are gone on with.
const WAITS: Left<'_> = Left {
    rest: "the rest waits (`rolewright tenant resume` goes on with it, `rolewright tenant jobs NUMBER --stop` gives it up)",
    hint: RESUME,
};
const RESUME: &str = "`rolewright tenant resume` goes on with what was begun";

async fn work(terminal: &Terminal, tenants: Tenants<'_>, kind: Kind, ids: &Ids, adopt: bool) -> Outcome {
    // Where a file is named, one with nothing in it is nobody, and not everybody.
    let all = if kind == Kind::Upgrade && ids.file.is_none() { ids::read(ids)? } else { ids::some(ids)? };
    if ids.dry_run {
        return show::plan(terminal, kind, &tenants.plan(kind, &all, adopt).await?);
    }
    let bar = terminal.bar(all.len() as u64);
    let tell = |item: &Item| {
        bar.set_message(item.id.to_string());
        bar.inc(1);
    };
    let stop = Stop::default();
    let waits = |busy: &TenantError| bar.suspend(|| show::waits(terminal, busy));
    let tenants = tenants.progress(&tell).waiting(&waits).until(&stop);
    let work = async {
        match kind {
            Kind::Add => tenants.add(&all, adopt).await,
            Kind::Upgrade => tenants.upgrade(&all).await,
            Kind::Disable => tenants.disable(&all).await,
            Kind::Enable => tenants.enable(&all).await,
            Kind::Purge => tenants.purge(&all).await,
        }
    };
    let report = stopped::work(terminal, &stop, FAILS, work).await;
    bar.finish_and_clear();
    show::report(terminal, &report?)
}

async fn resume(terminal: &Terminal, tenants: Tenants<'_>) -> Outcome {
    let stop = Stop::default();
    let waits = |busy: &TenantError| show::waits(terminal, busy);
    // What was found is told in the end, with each tenant.
    let tell = |_: &Item| {};
    let tenants = tenants.progress(&tell).waiting(&waits);
    let reports = stopped::work(terminal, &stop, WAITS, tenants.until(&stop).resume()).await?;
    if terminal.format == Format::Json {
        terminal.json(&reports);
    } else if reports.is_empty() {
        terminal.note("every job has finished");
    } else {
        for report in &reports {
            show::report(terminal, report)?;
        }
    }
    let exits: Vec<Exit> = reports.iter().map(crate::tenants::JobReport::exit).collect();
    let stopped = exits.iter().find(|exit| **exit == Exit::Stopped);
    Ok(stopped.or_else(|| exits.iter().find(|exit| **exit != Exit::Ok)).copied().unwrap_or(Exit::Ok))
}
