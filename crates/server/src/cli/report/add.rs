//! `report add`: a text from a file becomes a report, or the next version of one.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use rolewright_core::Exit;
use serde::Serialize;

use super::{
    super::{Outcome, Terminal, args::Format, failure::Failure},
    args::AddArgs,
    file,
    told::Told,
};
use crate::reports::{Definition, ReportName, Reports, Saved, file::is_file};

/// What was done, as JSON.
#[derive(Serialize)]
struct Added<'a> {
    name: &'a ReportName,
    version: u32,
    new: bool,
    published: bool,
    verification: Option<Told>,
}

pub(super) async fn run(terminal: &Terminal, reports: Reports<'_>, args: AddArgs) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    let text = read(&args.file)?;
    if is_file(&text) {
        let hint = format!("rolewright report import {}", args.file.display());
        let message = format!("{} has a report's header, which says all of this itself", args.file.display());
        return Err(Failure::plain(Exit::Usage, message, Some(hint)));
    }
    let report = Definition {
        title: args.title,
        description: args.description,
        max_rows: args.max_rows,
        timeout: args.timeout,
        max_bytes: args.max_bytes,
        params: args.params.into_iter().map(|declared| declared.0).collect(),
        ..Definition::new(args.name, args.connection, &text)
    };
    let (mut added, told) = if args.unverified {
        let version = reports.save_unverified(&report).await?;
        let added = Added { name: &report.name, version, new: true, published: false, verification: None };
        (added, "not verified".to_owned())
    } else {
        let Saved { number, new, published, verification } = reports.save(&report, args.publish).await?;
        let told = Some(Told::from(&verification));
        let words = words(new, published);
        (Added { name: &report.name, version: number, new, published, verification: told }, words)
    };
    if terminal.format == Format::Json {
        terminal.json(&added);
    } else {
        terminal.line(format_args!("{}: version {}, {told}", added.name, added.version));
        if let Some(told) = added.verification.take() {
            told.print(terminal);
        }
    }
    Ok(Exit::Ok)
}

/// What saving has come to, in words.
pub(super) fn words(new: bool, published: bool) -> String {
    match (new, published) {
        (true, true) => "new, published",
        (true, false) => "new, a draft",
        (false, true) => "unchanged, published now",
        (false, false) => "unchanged",
    }
    .to_owned()
}

fn read(path: &Path) -> Result<String, Failure> {
    if path.as_os_str() != "-" {
        return fs::read_to_string(path).map_err(|error| file(path, "read", &error));
    }
    let mut text = String::new();
    io::stdin()
        .lock()
        .read_to_string(&mut text)
        .map_err(|e| Failure::plain(Exit::Usage, format!("standard input cannot be read: {e}"), None))?;
    Ok(text)
}
