//! `consent …`: records that people withdraw, from the command line.

mod args;
mod show;

use rolewright_core::Exit;
use rolewright_roles::consent::{Effect, Saying, Whom};

pub(crate) use args::ConsentCommand;
use args::{KindArgs, SayArgs};

use super::{
    Outcome, Terminal,
    args::{Format, Global},
    failure::Failure,
    lines, start,
};
use crate::consent::Consents;

pub(crate) async fn run(global: &Global, terminal: &Terminal, command: ConsentCommand) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    let consents = Consents::of(&start::unlocked(global).await?);
    match command {
        ConsentCommand::Revoke(args) => say(terminal, &consents, Effect::Revoke, args).await,
        ConsentCommand::Restore(args) => say(terminal, &consents, Effect::Allow, args).await,
        ConsentCommand::List { kind, opened: true, lines, .. } => {
            show::opened(terminal, &consents.records(&of(&consents, kind)?)?.opened(lines).await?)
        }
        ConsentCommand::List { kind, record, lines, .. } => show::said(
            terminal,
            &consents.records(&of(&consents, kind)?)?.said(record.as_deref(), lines).await?,
        ),
        ConsentCommand::Explain { kind, record, principal } => {
            show::explained(terminal, &consents.explain(&of(&consents, kind)?, &record, &principal).await?)
        }
        ConsentCommand::Import { kind, dry_run } => {
            let records = of(&consents, kind)?;
            let older = consents.records(&records)?.import(dry_run, &consents.options()).await?;
            show::older(terminal, &older, dry_run)
        }
    }
}

/// The kind that is named, or the only one there is.
fn of(consents: &Consents, args: KindArgs) -> Result<String, Failure> {
    if let Some(kind) = args.kind {
        return Ok(kind);
    }
    let mut kinds = consents.kinds();
    match (kinds.next(), kinds.next()) {
        (Some(kind), None) => Ok(kind.to_owned()),
        (None, _) => {
            let hint = Some("add a section [consent.NAME], with the tables that show the records".to_owned());
            Err(Failure::plain(Exit::Config, "no records are configured that may be withdrawn", hint))
        }
        (Some(_), Some(_)) => {
            let names = consents.kinds().collect::<Vec<_>>().join(", ");
            let hint = Some(format!("name one with --kind: {names}"));
            Err(Failure::plain(Exit::Usage, "there are several kinds of records", hint))
        }
    }
}

async fn say(terminal: &Terminal, consents: &Consents, effect: Effect, args: SayArgs) -> Outcome {
    let kind = of(consents, args.kind)?;
    let mut records = args.records;
    if let Some(file) = &args.file {
        records.extend(lines::read(file)?.into_iter().map(|(_, line)| line));
    }
    if records.is_empty() {
        let hint = Some("name records, or a file of them with --file".to_owned());
        return Err(Failure::plain(Exit::Usage, "no record is named", hint));
    }
    let whom = args.whom.map_or(Ok(Whom::Everybody), |principal| consents.whom(&principal))?;
    let saying =
        Saying { effect, whom, from: args.from, until: args.until, reason: args.reason, by: args.by };
    let bar = terminal.bar(records.len() as u64);
    let tell = |done: usize| bar.inc(done as u64);
    let of_kind = consents.records(&kind)?;
    let said = of_kind.say(&records, &saying, &tell).await;
    bar.finish_and_clear();
    let said = said?;
    // It is said, whatever comes of this.
    let missing = of_kind.missing(&records).await.unwrap_or_else(|error| {
        tracing::debug!(%error, "whether the records are there is not known");
        None
    });
    show::done(terminal, &saying, said, of_kind.root().zip(missing))
}
