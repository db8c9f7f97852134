//! `report export`: one file a report, the same bytes every time.

use std::{fs, io::ErrorKind};

use rolewright_core::Exit;
use serde::Serialize;

use super::{
    super::{Outcome, Terminal, args::Format, failure::Failure},
    args::ExportArgs,
    file,
};
use crate::reports::{ReportError, ReportName, Reports, Version, Which, file::render};

#[derive(Serialize)]
struct Exported {
    name: ReportName,
    version: u32,
    file: String,
    written: bool,
}

pub(super) async fn run(terminal: &Terminal, reports: Reports<'_>, args: &ExportArgs) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    let names = if args.names.is_empty() {
        reports.list().await?.into_iter().map(|report| report.name).collect()
    } else {
        args.names.clone()
    };
    let mut versions = Vec::new();
    for name in &names {
        versions.push(find(reports, name, args.newest).await?);
    }
    fs::create_dir_all(&args.dir).map_err(|error| file(&args.dir, "made", &error))?;
    let written = versions.iter().map(|version| write(args, version)).collect::<Result<Vec<_>, _>>()?;
    if terminal.format == Format::Json {
        terminal.json(&written);
    } else {
        for one in &written {
            let words = if one.written { "written" } else { "unchanged" };
            terminal.line(format_args!("{}: version {}, {words}", one.file, one.version));
        }
    }
    Ok(Exit::Ok)
}

async fn find(reports: Reports<'_>, name: &ReportName, newest: bool) -> Result<Version, ReportError> {
    if !newest {
        match reports.get(name, Which::Published).await {
            Err(ReportError::NotPublished(_)) => {}
            found => return found,
        }
    }
    reports.get(name, Which::Newest).await
}

/// Writes the file, unless it says the same already; never half of it.
fn write(args: &ExportArgs, version: &Version) -> Result<Exported, Failure> {
    let name = version.definition.name.clone();
    let path = args.dir.join(format!("{name}.sql"));
    let text = render(&version.definition);
    let written = match fs::read(&path) {
        Ok(known) => known != text.as_bytes(),
        Err(error) if error.kind() == ErrorKind::NotFound => true,
        Err(error) => return Err(file(&path, "read", &error)),
    };
    if written {
        let unfinished = args.dir.join(format!(".{name}.sql.unfinished"));
        fs::write(&unfinished, text).map_err(|error| file(&unfinished, "written", &error))?;
        fs::rename(&unfinished, &path).map_err(|error| file(&path, "written", &error))?;
    }
    Ok(Exported { name, version: version.number, file: path.display().to_string(), written })
}
