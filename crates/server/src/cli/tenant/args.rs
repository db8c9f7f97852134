//! The grammar of `rolewright tenant …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use rolewright_core::tenant::TenantId;

#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// Make tenants, each with a role and a schema, and run the module's migrations in them; mend those that are there
    Add {
        #[command(flatten)]
        ids: Ids,
        /// Take over roles and schemas of their names that an administrator made
        #[arg(long)]
        adopt: bool,
    },
    /// The tenants there are
    List {
        /// Those that were purged too
        #[arg(long)]
        purged: bool,
    },
    /// What is kept of one tenant
    Show {
        /// The tenant
        id: TenantId,
    },
    /// Mend these tenants and run the module's migrations in them [default: in all that are served or half made]
    Upgrade {
        #[command(flatten)]
        ids: Ids,
    },
    /// Refuse these tenants from now on; what they have stays
    Disable {
        #[command(flatten)]
        ids: Ids,
    },
    /// Serve these tenants again
    Enable {
        #[command(flatten)]
        ids: Ids,
    },
    /// Drop everything of these tenants, and their roles last; there is no way back
    Purge {
        #[command(flatten)]
        ids: Ids,
        /// Yes, drop their data
        #[arg(long, required_unless_present = "dry_run")]
        yes: bool,
    },
    /// Go on with the jobs that did not finish
    Resume,
    /// The last jobs, newest first; of one, what each of its tenants has come to
    Jobs {
        /// The job's number
        job: Option<i64>,
        /// Stop it, in whatever process it is at work: what is at work comes to its end, the rest is not begun, and fails as stopped
        #[arg(long, requires = "job")]
        stop: bool,
        /// How many
        #[arg(long, short = 'n', default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
        lines: u32,
    },
    /// Print a libpq URL, password included, for the module's login role
    Url {
        /// Of the tenant's bucket, and acting as the tenant [default: the first bucket]
        id: Option<TenantId>,
        /// For the login of the tenant's own reports instead, whether it is there or not
        #[arg(long, requires = "id")]
        reports: bool,
        /// Of the login role of this number, whether it is there or not
        #[arg(long, value_name = "N", conflicts_with = "id", value_parser = clap::value_parser!(u32).range(1..))]
        login: Option<u32>,
    },
}

/// Some tenants.
#[derive(Debug, Args)]
pub(crate) struct Ids {
    /// The tenants: a letter, then up to 30 lower-case letters and digits
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<TenantId>,
    /// A file of ids, one a line, besides; - reads standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Say what would be changed; change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
