//! `apply`: migrate, provision, verify, and prove by a login that the passwords fit.

use rolewright_core::Exit;
use rolewright_roles::Finding;
use serde::Serialize;

use super::{
    Outcome, Terminal,
    args::{ApplyArgs, Format, Global},
    start,
};
use crate::stages::{NoMigrations, PreviewedChange};

/// The command's JSON.
#[derive(Serialize)]
struct Applied {
    changes: Vec<PreviewedChange>,
    findings: Vec<Finding>,
}

pub(crate) async fn run(global: &Global, terminal: &Terminal, args: &ApplyArgs) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    let spinner = terminal.spinner("applying");
    let connected = start::connected(global).await?;
    let unlocked = if args.moved { connected.unlock_moved().await? } else { connected.unlock().await? };
    let migrated = unlocked.migrate_now(&NoMigrations).await?;
    let mut changes: Vec<_> = migrated.applied.iter().cloned().map(PreviewedChange::migration).collect();
    let opened = migrated.provision().await?.verify().await?.open().await?;
    spinner.finish_and_clear();
    let findings = match &opened.verified().provisioned.outcome {
        Ok(done) => {
            changes.extend(opened.verified().provisioned.changes().iter().map(PreviewedChange::from));
            done.findings.clone()
        }
        // Only where roles may be degraded; for this command that is still a failure.
        Err(error) => {
            terminal.note(format_args!("error: {error}"));
            if let Some(hint) = rolewright_core::Advice::hint(error) {
                terminal.note(format_args!("hint: {hint}"));
            }
            return Ok(rolewright_core::Advice::exit(error));
        }
    };
    let mut findings = findings;
    if let Some(ground) = opened.verified().provisioned.migrated.tenants().filter(|_| args.moved) {
        // Where an upgrade went across 16, too.
        findings.extend(ground.standing().await?);
    }
    opened.drain().await;
    report(terminal, &Applied { changes, findings });
    Ok(Exit::Ok)
}

fn report(terminal: &Terminal, applied: &Applied) {
    if terminal.format == Format::Json {
        return terminal.json(applied);
    }
    if !applied.changes.is_empty() {
        terminal.table(
            &["change", "object", "role"],
            applied
                .changes
                .iter()
                .map(|c| vec![c.kind.clone(), c.told(), c.role.clone().unwrap_or_default()]),
        );
    }
    for finding in &applied.findings {
        terminal.finding(finding);
    }
    terminal.line(match applied.changes.len() {
        0 => "nothing to change".to_owned(),
        1 => "1 change applied".to_owned(),
        n => format!("{n} changes applied"),
    });
}
