//! The command line's grammar and its help texts.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use rolewright_core::pattern::Read;

use super::{consent::ConsentCommand, principal::Principal, report::ReportCommand, tenant::TenantCommand};
use crate::attack::Way;

/// Gives a PostgreSQL-backed application its database roles.
///
/// One connection in (DATABASE_URL, or [database] in rolewright.toml); least-privilege roles out, kept as configured, verified on the server, logged in as.
#[derive(Debug, Parser)]
#[command(
    name = "rolewright",
    version,
    arg_required_else_help = true,
    after_help = "Exit codes: 0 done · 1 failed · 2 drift (check) · 3 a role breaks its promise (verify) · 4 an attempt escaped (attack) · 5 statement refused · 6 statement failed in the database · 64 bad usage · 69 database unreachable · 77 missing right, or a key that cannot be used · 78 bad configuration, a key file that is not there among it · 130 stopped by a signal before all was done\n\nTry it without a database of your own: rolewright demo"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// The configuration file [default: rolewright.toml where it exists; ROLEWRIGHT_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Say more on standard error; twice for debugging
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// No colours, whatever the terminal can do (NO_COLOR does the same)
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
    /// Use a private PostgreSQL, kept in .rolewright/, instead of a configured one
    #[arg(long, global = true)]
    pub(crate) embedded: bool,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// `plan`: the statements themselves.
    Sql,
    /// `query`: a table.
    Table,
    /// `query`: comma-separated values (RFC 4180).
    Csv,
    /// `query`: one JSON object a line.
    Ndjson,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run all stages, and answer HTTP until a signal: /livez, /readyz and, with a token, /v1/provision
    ///
    /// GET /livez answers 200 while the process lives, GET /readyz 200 when work is accepted, else 503, with the stage and the
    /// reasons as JSON. With http.admin_token or http.admin_token_file, POST /v1/provision with `Authorization: Bearer TOKEN`
    /// looks again at once and answers what it changed and refused; without, it is not found.
    Serve,
    /// Show what apply would do; change nothing
    Plan(PlanArgs),
    /// Migrate, provision and verify
    Apply(ApplyArgs),
    /// Tell whether the database is as configured: exit 0 in sync, 2 drift
    Check,
    /// Ask the server what every managed role can really do: exit 0, or 3 with what breaks its promise
    Verify,
    /// Show who can read what: roles by schemas and tables
    Matrix,
    /// Print a libpq URL, password included, for a managed role: for psql or a BI tool
    Url {
        /// The connection's name, as in [roles.NAME]
        #[arg(required_unless_present = "checker")]
        name: Option<String>,
        /// That of `sandbox.checker`, for the administrator who makes it where core may create no roles
        #[arg(long, conflicts_with = "name")]
        checker: bool,
    },
    /// Run one read-only statement as a managed role, through the sandbox
    Query(QueryArgs),
    /// Stored reports: versioned, verified, run by name through the sandbox
    Report {
        #[command(subcommand)]
        command: ReportCommand,
    },
    /// Tenants of the module: added, upgraded, disabled, enabled, purged
    Tenant {
        #[command(subcommand)]
        command: TenantCommand,
    },
    /// Records that people withdraw: revoked, restored, listed, explained
    Consent {
        #[command(subcommand)]
        command: ConsentCommand,
    },
    /// Let a role read relations that wait for a decision (roles.NAME.new_tables = "hold")
    Accept {
        /// The connection's name, as in [roles.NAME]
        name: String,
        /// The relations: schema.table, where the table may be a glob, or a whole schema
        #[arg(required = true, value_name = "SCHEMA.TABLE")]
        relations: Vec<Read>,
    },
    /// The last changes made to roles: what, when, by whom, from where
    Log {
        /// How many
        #[arg(long, short = 'n', default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
        lines: u32,
    },
    /// Try the escape corpus as the managed roles, through the sandbox and straight on plain connections: exit 0, or 4 with what escaped
    Attack(AttackArgs),
    /// Check every precondition, and print the exact command that mends it
    Doctor,
    /// The local secrets and their key
    Secret {
        #[command(subcommand)]
        command: SecretCommand,
    },
    /// The configuration
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// A clinic on a private PostgreSQL: every stage, two roles, a report each, refused escapes
    Demo(DemoArgs),
    /// Print this help of every command as one Markdown page
    #[command(hide = true)]
    HelpMarkdown,
    /// Print a shell's completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {}

#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// This database was deliberately moved or copied here: give it an installation of its own
    #[arg(long)]
    pub(crate) moved: bool,
}

#[derive(Debug, Args)]
pub(crate) struct QueryArgs {
    /// Whom to run as: role:NAME, the NAME of [roles.NAME]; tenant:ID, on the login of that tenant's own reports; token:JWT, or token:@FILE, the subject of a bearer token
    #[arg(long = "as", value_name = "PRINCIPAL")]
    pub(crate) principal: Principal,
    /// One of the roles that the token lists, instead of what `access` makes of it
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Option<String>,
    /// The statement; - reads it from standard input
    pub(crate) sql: String,
    /// A parameter's value, for :NAME in the statement; NAME= is the empty text, NAME alone is NULL
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(crate) params: Vec<ParamArg>,
    /// Fail with 6 where max_rows or max_bytes leaves rows out, which is else told on standard error alone
    #[arg(long)]
    pub(crate) whole: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AttackArgs {
    /// As whom: the NAME of [roles.NAME], or tenant:ID (through the sandbox alone), any number of times [default: every role]
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) connections: Vec<String>,
    /// Attempts from a file of the same form instead of the corpus, any number of times
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Vec<PathBuf>,
    /// Only attempts of this class, any number of times
    #[arg(long, value_name = "CLASS")]
    pub(crate) class: Vec<String>,
    /// Only this way: sandbox, simple, extended, boundary or check, any number of times [default: the first three]
    #[arg(long, value_name = "WAY")]
    pub(crate) way: Vec<Way>,
    /// Also write the outcome as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Also try what burdens the server: memory, temporary files, the lock table
    #[arg(long)]
    pub(crate) heavy: bool,
    /// The server's log, where it can be read here: marked values in it count as an effect, and so does a flood
    #[arg(long, value_name = "FILE")]
    pub(crate) server_log: Option<PathBuf>,
    /// Drop the attack's own schema and what the roles own first: what an attack that was killed in the middle has left behind
    #[arg(long)]
    pub(crate) tidy: bool,
    /// Send texts to plain connections although a role can do more than it promises
    #[arg(long)]
    pub(crate) anyway: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecretCommand {
    /// Make a key file, readable by you alone; never overwrites
    InitKey {
        /// Where [default: crypto.key_file]
        path: Option<PathBuf>,
    },
    /// Names and ages; never values
    List,
    /// Seal a value, read from standard input
    Set {
        /// The secret's name
        name: String,
    },
    /// Print a value, opened
    Get {
        /// The secret's name
        name: String,
    },
    /// Delete a value
    Delete {
        /// The secret's name
        name: String,
    },
    /// Seal every value anew under the key file's first key; --new puts a fresh key there first
    RotateKey {
        /// Generate a new first key before sealing; the old ones stay in the file, to open what is left
        #[arg(long)]
        new: bool,
    },
    /// Change the secret behind every managed role's password, and the passwords with it
    RotateRoles,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// The merged configuration, each value with its origin, secrets as ***
    Show,
    /// The JSON schema of rolewright.toml
    Schema,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Where the private PostgreSQL keeps its data
    #[arg(long, default_value = ".rolewright/demo", value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// Leave the private PostgreSQL running, and print how to connect and how to stop it
    #[arg(long)]
    pub(crate) keep_running: bool,
}

/// One `--param`.
#[derive(Clone, Debug)]
pub(crate) struct ParamArg {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
}

impl std::str::FromStr for ParamArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        if name.is_empty() {
            return Err("expected NAME=VALUE".to_owned());
        }
        Ok(Self { name: name.to_owned(), value })
    }
}
