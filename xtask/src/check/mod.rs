//! `cargo xtask check`: the rules of this project that the compiler does not keep.

mod docs;
mod files;
mod layers;
mod migrations;
mod pages;
mod size;

use std::process::ExitCode;

use anyhow::Result;

/// Which rules to check.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only these parts; all of them unless told.
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Writes what is generated (the layer table, the checksums, the pages) instead of comparing it.
    #[arg(long)]
    write: bool,
}

/// One rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Which crate may know which, and the same table in ARCHITECTURE.md.
    Layers,
    /// Every file begins by saying what it is.
    Docs,
    /// Migrations are added, never edited.
    Migrations,
    /// Pages made from the program are as the program says.
    Pages,
    /// Files are small.
    Size,
}

const ALL: [Part; 5] = [Part::Layers, Part::Docs, Part::Migrations, Part::Pages, Part::Size];

/// What a rule found: each a sentence.
#[derive(Debug, Default)]
struct Findings {
    /// What breaks the rule.
    broken: Vec<String>,
    /// What is worth a look.
    warnings: Vec<String>,
}

/// Checks the rules and fails if one is broken.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let parts = if arguments.parts.is_empty() { &ALL[..] } else { &arguments.parts };
    let mut broken = false;
    for part in parts {
        let findings = match part {
            Part::Layers => layers::check(arguments.write),
            Part::Docs => docs::check(),
            Part::Migrations => migrations::check(arguments.write),
            Part::Pages => pages::check(arguments.write),
            Part::Size => size::check(),
        }?;
        for line in &findings.warnings {
            println!("warning: {line}");
        }
        for line in &findings.broken {
            println!("broken: {line}");
        }
        let verdict = if findings.broken.is_empty() { "ok" } else { "BROKEN" };
        println!("check {}: {verdict}", format!("{part:?}").to_lowercase());
        broken |= !findings.broken.is_empty();
    }
    Ok(if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
