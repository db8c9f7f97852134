//! `report list`: what is stored, one line a report.

use rolewright_core::Exit;

use super::super::{Outcome, Terminal, args::Format};
use crate::reports::Reports;

pub(super) async fn run(terminal: &Terminal, reports: Reports<'_>, removed: bool) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    let found = if removed { reports.removed().await? } else { reports.list().await? };
    if terminal.format == Format::Json {
        terminal.json(&found);
        return Ok(Exit::Ok);
    }
    if found.is_empty() {
        terminal.note(if removed { "no report was removed" } else { "no report is stored yet" });
        return Ok(Exit::Ok);
    }
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    terminal.table(
        &["name", "published", "draft", "connection", "title", "made", "by"],
        found.iter().map(|report| {
            vec![
                report.name.to_string(),
                number(report.published),
                number(report.draft()),
                report.connection.clone(),
                report.title.clone(),
                report.made.at.to_string(),
                report.made.by.clone(),
            ]
        }),
    );
    Ok(Exit::Ok)
}
