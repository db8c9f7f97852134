//! `report show`: one version as a file would hold it, or the table of all versions.

use rolewright_core::Exit;

use super::{
    super::{Outcome, Terminal, args::Format},
    args::ShowArgs,
};
use crate::reports::{ReportError, Reports, Stamp, Version, file::render};

pub(super) async fn run(terminal: &Terminal, reports: Reports<'_>, args: &ShowArgs) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    // Also of a removed report, so that there is something to bring back.
    let versions = reports.history(&args.name).await?;
    if args.history {
        return Ok(history(terminal, &versions));
    }
    let newest = versions.first().map_or(0, |version| version.number);
    let wanted = args.number.unwrap_or(newest);
    let Some(version) = versions.iter().find(|version| version.number == wanted) else {
        return Err(ReportError::NoVersion { name: args.name.clone(), number: wanted, newest }.into());
    };
    if terminal.format == Format::Json {
        terminal.json(version);
    } else {
        terminal.bytes(render(&version.definition).as_bytes());
        terminal.note(format_args!("version {} of {newest}, {}", version.number, version.state));
    }
    Ok(Exit::Ok)
}

fn history(terminal: &Terminal, versions: &[Version]) -> Exit {
    if terminal.format == Format::Json {
        terminal.json(&versions);
        return Exit::Ok;
    }
    let stamp = |stamp: Option<&Stamp>| {
        stamp.map(|stamp| format!("{} by {} ({})", stamp.at, stamp.by, stamp.application)).unwrap_or_default()
    };
    terminal.table(
        &["version", "state", "made", "published"],
        versions.iter().map(|version| {
            vec![
                version.number.to_string(),
                version.state.to_string(),
                stamp(Some(&version.made)),
                stamp(version.published.as_ref()),
            ]
        }),
    );
    Exit::Ok
}
