//! `report import`: files become reports. All of them are read and verified before any is stored.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use rolewright_core::{Advice, Exit};
use serde::Serialize;

use super::{
    super::{Outcome, Terminal, args::Format, failure::Failure},
    args::ImportArgs,
    file,
    told::Told,
    verify::worse,
};
use crate::reports::{Change, Definition, Reports, file::parse};

/// What becomes of a file, as JSON.
#[derive(Serialize)]
struct Imported {
    file: String,
    name: String,
    /// `added`, `new version`, `unchanged` or `refused`.
    change: String,
    version: Option<u32>,
    published: bool,
    verification: Option<Told>,
    error: Option<String>,
    hint: Option<String>,
}

pub(super) async fn run(terminal: &Terminal, reports: Reports<'_>, args: &ImportArgs) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    let found = read_all(&args.paths)?;
    let (mut imported, mut exit) = (Vec::new(), Exit::Ok);
    for (path, report) in &found {
        let mut one = Imported {
            file: path.display().to_string(),
            name: report.name.to_string(),
            change: "refused".to_owned(),
            version: None,
            published: false,
            verification: None,
            error: None,
            hint: None,
        };
        match reports.preview(report).await {
            Ok((told, change)) => {
                one.change = change.to_string();
                one.verification = Some(Told::from(&told));
            }
            Err(error) => {
                exit = worse(exit, error.exit());
                (one.error, one.hint) = (Some(error.to_string()), error.hint());
            }
        }
        imported.push(one);
    }
    if exit == Exit::Ok && !args.dry_run {
        for ((_, report), one) in found.iter().zip(&mut imported) {
            let saved = reports.save(report, args.publish).await?;
            (one.version, one.published) = (Some(saved.number), saved.published);
            // Another process may have been faster.
            if !saved.new {
                one.change = Change::Unchanged.to_string();
            }
        }
    }
    if terminal.format == Format::Json {
        terminal.json(&imported);
    } else {
        imported.iter().for_each(|one| print(terminal, one));
    }
    if exit != Exit::Ok {
        terminal.note("nothing was stored");
    }
    Ok(exit)
}

fn print(terminal: &Terminal, one: &Imported) {
    if let Some(error) = &one.error {
        terminal.line(format_args!("{}: refused: {error}", one.file));
        if let Some(hint) = &one.hint {
            terminal.line(format_args!("  hint: {hint}"));
        }
        return;
    }
    let version = one.version.map(|version| format!(" (version {version})")).unwrap_or_default();
    let published = if one.published { ", published" } else { "" };
    terminal.line(format_args!("{}: {}{version}{published}", one.file, one.change));
}

/// Every file that is meant, in order, with what it says; no two may say the same name.
fn read_all(paths: &[PathBuf]) -> Result<Vec<(PathBuf, Definition)>, Failure> {
    let (mut found, mut names) = (Vec::new(), BTreeMap::new());
    for path in files(paths)? {
        let text = fs::read_to_string(&path).map_err(|error| file(&path, "read", &error))?;
        let report = parse(&text).map_err(|error| {
            Failure::plain(error.exit(), format!("{}: {error}", path.display()), error.hint())
        })?;
        if let Some(other) = names.insert(report.name.clone(), path.clone()) {
            let message = format!("{} and {} both say `{}`", other.display(), path.display(), report.name);
            let hint = Some("give one of them another name".to_owned());
            return Err(Failure::plain(Exit::Usage, message, hint));
        }
        found.push((path, report));
    }
    Ok(found)
}

fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let entries = fs::read_dir(path).map_err(|error| file(path, "read", &error))?;
        let mut inside: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).filter(|p| is_sql(p)).collect();
        inside.sort();
        found.extend(inside);
    }
    if found.is_empty() {
        let hint = Some("name a file, or a folder that `rolewright report export` wrote".to_owned());
        return Err(Failure::plain(Exit::Usage, "there is no .sql file in these folders", hint));
    }
    Ok(found)
}

fn is_sql(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    path.is_file() && !hidden && path.extension().is_some_and(|extension| extension == "sql")
}
