//! `attack`: the escape corpus, as the managed roles, through the sandbox and straight on plain connections.

mod show;
mod table;

use std::{fs, path::Path};

use rolewright_core::{Advice, Exit};

use super::{
    Outcome, Terminal,
    args::{AttackArgs, Format, Global},
    failure::Failure,
    start,
    stopped::{self, Left},
};
use crate::{
    attack::{self, Attempt, Options, Tried, Way, corpus},
    stages::{NoMigrations, Preview, Provisioned, Unlocked, VerifyFailed},
};

pub(crate) async fn run(global: &Global, terminal: &Terminal, args: &AttackArgs) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    let attempts = attempts(args)?;
    let unlocked = start::unlocked(global).await?;
    if args.tidy {
        attack::tidy(&unlocked).await?;
    }
    in_sync(&unlocked).await?;
    // In sync this is a read; it is what puts back, later on, what an attempt has changed.
    let provisioned = unlocked.migrate(&NoMigrations).await?.provision().await?;
    if let Err(error) = &provisioned.outcome {
        return Err(Failure::plain(error.exit(), error.to_string(), error.hint()));
    }
    keeps_its_promise(&provisioned, args).await?;
    let options = Options {
        connections: args.connections.clone(),
        classes: args.class.clone(),
        ways: args.way.clone(),
        heavy: args.heavy,
        server_log: args.server_log.clone(),
        ..Options::default()
    };
    let bar = terminal.bar(0);
    let mut tell = |done, total, tried: &Tried| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
        bar.set_message(format!("{} {} as {}", tried.way, tried.class, tried.role));
    };
    let work = attack::attack(&provisioned, &attempts, &options, &mut tell);
    let outcome = stopped::work(terminal, &options.stop, LEFT, work).await;
    bar.finish_and_clear();
    let outcome = outcome?;
    if let Some(file) = &args.junit {
        write_junit(file, &outcome)?;
    }
    show::show(terminal, &outcome);
    Ok(match (outcome.escaped().count(), outcome.untried) {
        (0, 0) => Exit::Ok,
        (0, _) => Exit::Stopped,
        _ => Exit::Escaped,
    })
}

/// What is said when a signal comes.
const LEFT: Left<'_> = Left {
    rest: "what it changed is put back, and the rest is not tried",
    hint: "`rolewright apply` and `rolewright attack --tidy` put back what the last attempt has left",
};

fn attempts(args: &AttackArgs) -> Result<Vec<Attempt>, Failure> {
    let mut attempts = Vec::new();
    for file in &args.file {
        attempts.extend(corpus::read(file)?);
    }
    if args.file.is_empty() {
        attempts = corpus::builtin()?;
    }
    if let Some(unknown) = args.class.iter().find(|class| !attempts.iter().any(|a| a.class == **class)) {
        let mut known: Vec<&str> = attempts.iter().map(|attempt| attempt.class.as_str()).collect();
        known.sort_unstable();
        known.dedup();
        let hint = Some(format!("the classes are {}", known.join(", ")));
        return Err(Failure::plain(Exit::Usage, format!("there is no attempt of class `{unknown}`"), hint));
    }
    Ok(attempts)
}

/// What is not as configured would be put right on the way, and nobody has asked for that.
async fn in_sync(unlocked: &Unlocked) -> Result<(), Failure> {
    let Preview { changes, refusals, .. } = unlocked.preview(&NoMigrations).await?;
    if changes.is_empty() && refusals.is_empty() {
        return Ok(());
    }
    let what = "the roles are not as configured, so there is nothing to prove yet";
    let Some(refusal) = refusals.first() else {
        let hint = Some("run `rolewright apply`; `rolewright plan` shows what it would do".to_owned());
        return Err(Failure::plain(Exit::Drift, what, hint));
    };
    let hint = match refusal.kind.as_str() {
        "owns-objects" => {
            "where an attack that was killed has left that, run `rolewright attack --tidy`".to_owned()
        }
        _ => refusal.fix.clone(),
    };
    Err(Failure::plain(Exit::Drift, format!("{what}: {}", refusal.message), Some(hint)))
}

/// A plain connection of a role that can write would write.
async fn keeps_its_promise(provisioned: &Provisioned, args: &AttackArgs) -> Result<(), Failure> {
    let plain = args.way.is_empty() || args.way.iter().copied().any(Way::is_plain);
    if args.anyway || !plain {
        return Ok(());
    }
    let broken = provisioned.excesses(&args.connections).await?;
    if broken.is_empty() {
        return Ok(());
    }
    let failed = VerifyFailed::Broken(broken);
    let hint = failed.hint().unwrap_or_default();
    Err(Failure::plain(
        Exit::Broken,
        format!("{failed}; plain connections are not tried with that"),
        Some(format!("{hint}; or --way sandbox, or --anyway on a database whose rows do not matter")),
    ))
}

fn write_junit(file: &Path, outcome: &attack::Outcome) -> Result<(), Failure> {
    let failed = |cause: String| {
        let hint = Some("check the path given to --junit".to_owned());
        Failure::plain(Exit::Failed, format!("{} cannot be written: {cause}", file.display()), hint)
    };
    let text = attack::junit(outcome).map_err(|error| failed(error.to_string()))?;
    fs::write(file, text).map_err(|error| failed(error.to_string()))
}
