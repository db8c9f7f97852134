//! `accept`: relations that waited for a decision become readable.

use rolewright_core::{Exit, pattern::Read};
use rolewright_roles::ProvisionOptions;
use serde::Serialize;

use super::{
    Outcome, Terminal,
    args::{Format, Global},
    start,
};
use crate::stages::NoMigrations;

#[derive(Serialize)]
struct Accepted {
    accepted: Vec<String>,
}

pub(crate) async fn run(global: &Global, terminal: &Terminal, name: &str, relations: &[Read]) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    let migrated = start::unlocked(global).await?.migrate(&NoMigrations).await?;
    let version = ProvisionOptions::default().version;
    let accepted =
        rolewright_roles::accept(migrated.core(), &migrated.desired(), name, relations, &version).await?;
    migrated.provision().await?.verify().await?;
    if terminal.format == Format::Json {
        terminal.json(&Accepted { accepted });
    } else if accepted.is_empty() {
        terminal.line("nothing to accept: all of it was accepted before");
    } else {
        accepted.iter().for_each(|relation| terminal.line(format_args!("accepted {relation}")));
    }
    Ok(Exit::Ok)
}
