//! `plan` and `check`: what differs from the configuration, changing nothing.

use rolewright_core::Exit;

use super::{
    Outcome, Terminal,
    args::{Format, Global, PlanArgs},
    failure::Failure,
    start,
};
use crate::stages::{NoMigrations, Preview};

pub(crate) async fn plan(global: &Global, terminal: &Terminal, _: &PlanArgs) -> Outcome {
    terminal.only(&[Format::Text, Format::Sql, Format::Json])?;
    let preview = preview(global).await?;
    print(terminal, &preview);
    Ok(Exit::Ok)
}

pub(crate) async fn check(global: &Global, terminal: &Terminal) -> Outcome {
    terminal.only(&[Format::Text, Format::Sql, Format::Json])?;
    let preview = preview(global).await?;
    print(terminal, &preview);
    Ok(if preview.in_sync() { Exit::Ok } else { Exit::Drift })
}

async fn preview(global: &Global) -> Result<Preview, Failure> {
    Ok(start::unlocked(global).await?.preview(&NoMigrations).await?)
}

fn print(terminal: &Terminal, preview: &Preview) {
    match terminal.format {
        Format::Json => terminal.json(preview),
        Format::Sql => {
            for change in &preview.changes {
                match &change.sql {
                    Some(sql) => terminal.line(format_args!("{};", sql.trim_end_matches(';'))),
                    None => terminal.line(format_args!("-- {} {}", change.kind, change.object)),
                }
            }
        }
        _ => text(terminal, preview),
    }
}

fn text(terminal: &Terminal, preview: &Preview) {
    if !preview.changes.is_empty() {
        terminal.table(
            &["change", "object", "role"],
            preview
                .changes
                .iter()
                .map(|c| vec![c.kind.clone(), c.told(), c.role.clone().unwrap_or_default()]),
        );
    }
    for refusal in &preview.refusals {
        terminal.line(format_args!("refused: {}", refusal.message));
        terminal.line(format_args!("    fix: {}", refusal.fix));
    }
    for finding in &preview.findings {
        terminal.finding(finding);
    }
    terminal.line(match preview.changes.len() {
        0 if preview.in_sync() => "in sync: nothing to change".to_owned(),
        0 if preview.refusals.is_empty() => "nothing to change, and something to decide".to_owned(),
        _ if !preview.refusals.is_empty() => "nothing is changed before what is refused is mended".to_owned(),
        1 => "1 change to make; `rolewright apply` makes it".to_owned(),
        n => format!("{n} changes to make; `rolewright apply` makes them"),
    });
}
