//! The grammar of `rolewright consent …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use time::OffsetDateTime;

use crate::consent::Principal;

#[derive(Debug, Subcommand)]
pub(crate) enum ConsentCommand {
    /// Hide records, from everybody or from one, from the next statement on
    Revoke(SayArgs),
    /// Let records be seen again by those they were revoked for; where records are hidden by default, let them be seen
    Restore(SayArgs),
    /// What was said of records, newest first
    List {
        #[command(flatten)]
        kind: KindArgs,
        /// Only of this record
        record: Option<String>,
        /// What was opened by break-glass instead
        #[arg(long, conflicts_with = "record")]
        opened: bool,
        /// How many
        #[arg(long, short = 'n', default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
        lines: u32,
    },
    /// Whether somebody sees a record, and what decides it
    Explain {
        #[command(flatten)]
        kind: KindArgs,
        /// The record's key
        record: String,
        /// Who: role:NAME, the NAME of [roles.NAME], subject:NAME, or database-role:NAME
        #[arg(long = "as", value_name = "PRINCIPAL")]
        principal: Principal,
    },
    /// Take over policies of the older form, one for each person who refused, such as `ehr_<uuid>` with `id <> '<uuid>'`
    Import {
        #[command(flatten)]
        kind: KindArgs,
        /// Say what would be taken over; change nothing
        #[arg(long)]
        dry_run: bool,
    },
}

/// Which kind of records.
#[derive(Debug, Args)]
pub(crate) struct KindArgs {
    /// The kind of records, the NAME of [consent.NAME] [default: the only one there is]
    #[arg(long, value_name = "NAME")]
    pub(crate) kind: Option<String>,
}

/// Something that is said of records.
#[derive(Debug, Args)]
pub(crate) struct SayArgs {
    #[command(flatten)]
    pub(crate) kind: KindArgs,
    /// The records' keys
    #[arg(value_name = "RECORD")]
    pub(crate) records: Vec<String>,
    /// A file of keys, one a line, besides; - reads standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// For whom: role:NAME, the NAME of [roles.NAME], subject:NAME, or database-role:NAME [default: everybody]
    #[arg(long = "for", value_name = "PRINCIPAL")]
    pub(crate) whom: Option<Principal>,
    /// From when on, as 2027-01-31T08:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) from: Option<OffsetDateTime>,
    /// Until when [default: for good]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) until: Option<OffsetDateTime>,
    /// Why
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Who says it [default: the database role that writes it down]
    #[arg(long, value_name = "WHO")]
    pub(crate) by: Option<String>,
}

fn moment(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339)
        .map_err(|_| "expected a time with its offset, as 2027-01-31T08:00:00Z".to_owned())
}
