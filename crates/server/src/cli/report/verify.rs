//! `report verify`: does the server still take the text?

use rolewright_core::{Advice, Exit};
use serde::Serialize;

use super::{
    super::{Outcome, Terminal, args::Format},
    told::Told,
};
use crate::reports::{ReportError, ReportName, Reports, Version, Which};

/// A report's verdict, as JSON.
#[derive(Serialize)]
struct Verdict {
    name: ReportName,
    version: u32,
    ok: bool,
    #[serde(flatten)]
    told: Option<Told>,
    error: Option<String>,
    hint: Option<String>,
}

pub(super) async fn run(
    terminal: &Terminal,
    reports: Reports<'_>,
    name: Option<ReportName>,
    number: Option<u32>,
) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    let all = name.is_none();
    let versions = match name {
        Some(name) => vec![reports.get(&name, number.map_or(Which::Newest, Which::Number)).await?],
        None => every(reports).await?,
    };
    let (mut verdicts, mut exit) = (Vec::new(), Exit::Ok);
    for version in versions {
        let (name, version, outcome) =
            (version.definition.name.clone(), version.number, reports.verify(&version.definition).await);
        let verdict = match outcome {
            Ok(told) => {
                Verdict { name, version, ok: true, told: Some(Told::from(&told)), error: None, hint: None }
            }
            // A single report fails as any command does.
            Err(error) if !all => return Err(error.into()),
            Err(error) => {
                exit = worse(exit, error.exit());
                Verdict {
                    name,
                    version,
                    ok: false,
                    told: None,
                    error: Some(error.to_string()),
                    hint: error.hint(),
                }
            }
        };
        verdicts.push(verdict);
    }
    if terminal.format == Format::Json {
        terminal.json(&verdicts);
    } else {
        verdicts.iter().for_each(|verdict| print(terminal, verdict));
    }
    Ok(exit)
}

/// Of every report the version that runs; where none does, the newest.
async fn every(reports: Reports<'_>) -> Result<Vec<Version>, ReportError> {
    let mut versions = Vec::new();
    for report in reports.list().await? {
        let number = report.published.unwrap_or(report.newest);
        versions.push(reports.get(&report.name, Which::Number(number)).await?);
    }
    Ok(versions)
}

/// A refused text outweighs a role that could not be asked.
pub(super) fn worse(known: Exit, new: Exit) -> Exit {
    if known == Exit::Ok || new == Exit::Refused { new } else { known }
}

fn print(terminal: &Terminal, verdict: &Verdict) {
    let head = format!("{}: version {}", verdict.name, verdict.version);
    match (&verdict.error, &verdict.told) {
        (Some(error), _) => {
            terminal.line(format_args!("{head}, refused: {error}"));
            if let Some(hint) = &verdict.hint {
                terminal.line(format_args!("  hint: {hint}"));
            }
        }
        (None, told) => {
            terminal.line(format_args!("{head}, passes"));
            if let Some(told) = told {
                told.print(terminal);
            }
        }
    }
}
