//! The grammar of `rolewright report …`.

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Subcommand};
use rolewright_core::TenantId;

use super::super::args::ParamArg;
use crate::reports::{Parameter, ReportName};

#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// Store a report, or a new version of it, from a file with its SQL
    Add(AddArgs),
    /// The reports there are
    List {
        /// Those that were removed, and not purged
        #[arg(long)]
        removed: bool,
    },
    /// Print a report in the form that export writes
    Show(ShowArgs),
    /// Ask the server whether it takes a report's text, as the role that would run it; nothing is run
    Verify {
        /// The report's name
        #[arg(required_unless_present = "all")]
        name: Option<ReportName>,
        /// Every report: its published version, or its newest where none is published
        #[arg(long, conflicts_with_all = ["name", "number"])]
        all: bool,
        /// This version [default: the newest]
        #[arg(long = "version", value_name = "N")]
        number: Option<u32>,
    },
    /// Run a report's published version through the sandbox
    Run(RunArgs),
    /// Make a version the one that runs
    Publish {
        /// The report's name
        name: ReportName,
        /// This version [default: the newest]
        #[arg(long = "version", value_name = "N")]
        number: Option<u32>,
    },
    /// Hide a report; its history stays
    Remove {
        /// The report's name
        name: ReportName,
        /// Delete it with its history, removed before or not
        #[arg(long)]
        purge: bool,
    },
    /// Write reports as files, one NAME.sql each
    Export(ExportArgs),
    /// Read files that export wrote, or that are written like these
    Import(ImportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// The report's name: 1 to 63 of a-z, 0-9, _ and -
    pub(crate) name: ReportName,
    /// The connection it runs on, the NAME of [roles.NAME]
    #[arg(long = "as", value_name = "CONNECTION")]
    pub(crate) connection: String,
    /// The file with its SQL; - reads it from standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// A parameter: NAME:TYPE is required, NAME:TYPE=VALUE has a default, NAME:TYPE? is NULL by default
    ///
    /// Parameters of the text that are not declared are required, and of the type that the server tells from their place.
    #[arg(long = "param", value_name = "NAME:TYPE[=DEFAULT]")]
    pub(crate) params: Vec<DeclaredArg>,
    /// A heading
    #[arg(long, default_value = "")]
    pub(crate) title: String,
    /// What it tells
    #[arg(long, default_value = "")]
    pub(crate) description: String,
    /// Most rows
    #[arg(long, value_name = "N")]
    pub(crate) max_rows: Option<u64>,
    /// Most time, such as 30s or 5m
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Option<std::time::Duration>,
    /// Most bytes of values
    #[arg(long, value_name = "N")]
    pub(crate) max_bytes: Option<u64>,
    /// Let it run from now on
    #[arg(long)]
    pub(crate) publish: bool,
    /// Keep it as a draft without asking the server whether it takes the text
    #[arg(long, conflicts_with = "publish")]
    pub(crate) unverified: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The report's name
    pub(crate) name: ReportName,
    /// This version [default: the newest]
    #[arg(long = "version", value_name = "N")]
    pub(crate) number: Option<u32>,
    /// A table of its versions instead: who made and who published each, and when
    #[arg(long, conflicts_with = "number")]
    pub(crate) history: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The report's name
    pub(crate) name: ReportName,
    /// As a tenant, tenant:ID, on the login of its own reports [default: the role of its connection]
    #[arg(long = "as", value_name = "PRINCIPAL", value_parser = tenant)]
    pub(crate) tenant: Option<TenantId>,
    /// A parameter's value; NAME= is the empty text, NAME alone is NULL
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(crate) params: Vec<ParamArg>,
    /// This version, published or not
    #[arg(long = "version", value_name = "N", conflicts_with = "draft")]
    pub(crate) number: Option<u32>,
    /// The newest version, which is not published yet
    #[arg(long)]
    pub(crate) draft: bool,
    /// Fail with 6 where max_rows or max_bytes leaves rows out, which is else told on standard error alone
    #[arg(long)]
    pub(crate) whole: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The reports [default: all]
    pub(crate) names: Vec<ReportName>,
    /// Where to; made if it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Their newest versions, published or not [default: the published one, where there is one]
    #[arg(long)]
    pub(crate) newest: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Files, and folders whose .sql files are meant
    #[arg(required = true, value_name = "FILE|DIR")]
    pub(crate) paths: Vec<PathBuf>,
    /// Let them run from now on
    #[arg(long)]
    pub(crate) publish: bool,
    /// Verify, and say what would be done; store nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// One `--param` of `add`.
#[derive(Clone, Debug)]
pub(crate) struct DeclaredArg(pub(crate) Parameter);

impl FromStr for DeclaredArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (declared, default) = match text.split_once('=') {
            Some((declared, default)) => (declared, Some(default)),
            None => (text, None),
        };
        let (name, type_name) = declared.split_once(':').ok_or("expected NAME:TYPE or NAME:TYPE=DEFAULT")?;
        Ok(Self(match (type_name.strip_suffix('?'), default) {
            (Some(_), Some(_)) => {
                return Err("`?` says that the default is NULL; leave one of the two out".to_owned());
            }
            (Some(type_name), None) => Parameter::optional(name, type_name, None),
            (None, Some(default)) => Parameter::optional(name, type_name, Some(default)),
            (None, None) => Parameter::required(name, type_name),
        }))
    }
}

/// A stored report runs as the role of its connection, or as a tenant.
fn tenant(text: &str) -> Result<TenantId, String> {
    match text.split_once(':') {
        Some(("tenant", id)) => TenantId::new(id).map_err(|error| error.to_string()),
        _ => Err("expected tenant:ID".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_declared_in_three_forms() {
        let read = |text: &str| text.parse::<DeclaredArg>().map(|declared| declared.0);
        assert_eq!(read("day:date").unwrap(), Parameter::required("day", "date"));
        assert_eq!(
            read("day:date=2026-01-01").unwrap(),
            Parameter::optional("day", "date", Some("2026-01-01"))
        );
        assert_eq!(read("note:text=").unwrap(), Parameter::optional("note", "text", Some("")));
        assert_eq!(
            read("at:timestamptz=a:b=c").unwrap(),
            Parameter::optional("at", "timestamptz", Some("a:b=c"))
        );
        assert_eq!(read("ids:integer[]?").unwrap(), Parameter::optional("ids", "integer[]", None));
        assert!(read("day").is_err());
        assert!(read("day:date?=x").is_err());
    }
}
