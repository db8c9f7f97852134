//! `report publish` and `report remove`: which version runs, if any.

use rolewright_core::Exit;
use serde::Serialize;

use super::{
    super::{Outcome, Terminal, args::Format},
    told::Told,
};
use crate::reports::{ReportName, Reports};

#[derive(Serialize)]
struct Published<'a> {
    name: &'a ReportName,
    version: u32,
    published: bool,
    verification: Told,
}

#[derive(Serialize)]
struct Removed<'a> {
    name: &'a ReportName,
    purged: bool,
}

pub(super) async fn publish(
    terminal: &Terminal,
    reports: Reports<'_>,
    name: &ReportName,
    number: Option<u32>,
) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    let saved = reports.publish(name, number).await?;
    let told = Told::from(&saved.verification);
    if terminal.format == Format::Json {
        terminal.json(&Published {
            name,
            version: saved.number,
            published: saved.published,
            verification: told,
        });
    } else {
        let words = if saved.published { "published" } else { "was published already" };
        terminal.line(format_args!("{name}: version {}, {words}", saved.number));
        told.print(terminal);
    }
    Ok(Exit::Ok)
}

pub(super) async fn remove(
    terminal: &Terminal,
    reports: Reports<'_>,
    name: &ReportName,
    purge: bool,
) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    if purge {
        reports.purge(name).await?;
    } else {
        reports.remove(name).await?;
    }
    if terminal.format == Format::Json {
        terminal.json(&Removed { name, purged: purge });
    } else {
        let words = if purge { "purged, with its history" } else { "removed; its history stays" };
        terminal.line(format_args!("{name}: {words}"));
    }
    Ok(Exit::Ok)
}
