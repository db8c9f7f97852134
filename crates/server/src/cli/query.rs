//! `query`: one statement as a managed role, through the sandbox, or as a subject.

use std::{
    collections::BTreeMap,
    io::{self, Read},
};

use rolewright_core::{Advice, Exit, settings::RoleSettings, tenant::TenantId};
use rolewright_sessions::{
    Check, Checker, OpenError, Param, Policy, Report, RolePool, Rows, Tenants, Truncated, render,
};
use tokio::sync::OnceCell;

use super::{
    Outcome, Terminal,
    args::{Format, Global, ParamArg, QueryArgs},
    as_subject,
    failure::Failure,
    principal::Principal,
    start,
};
use crate::{
    app::RoleUnavailable,
    stages::{self, Unlocked},
    tenants::Ground,
};

pub(crate) async fn run(global: &Global, terminal: &Terminal, args: QueryArgs) -> Outcome {
    let format = format(terminal)?;
    let mut report = Report::new(statement(&args.sql)?);
    bind(&mut report.params, args.params)?;
    let name = match &args.principal {
        Principal::Role(_) | Principal::Tenant(_) if args.role.is_some() => {
            let hint = Some("give --role with --as token:…".to_owned());
            return Err(Failure::plain(Exit::Usage, "--role is for the roles of a token", hint));
        }
        Principal::Role(name) => name,
        Principal::Tenant(id) => return as_tenant(global, terminal, id, &report, format, args.whole).await,
        Principal::Token(token) => {
            let unlocked = start::unlocked(global).await?;
            let how = as_subject::How { role: args.role.as_deref(), format, whole: args.whole };
            return as_subject::run(terminal, &unlocked, token, &report, how).await;
        }
    };
    let checker = OnceCell::new();
    let pool = open_on(&start::unlocked(global).await?, name, &checker).await?;
    let mut rows = pool.query(&report).await?;
    if print(terminal, &mut rows, format, args.whole).await? {
        pool.close().await;
        if let Some(checker) = checker.get() {
            checker.close().await;
        }
    }
    Ok(Exit::Ok)
}

/// The same as a tenant: on the login of its own reports, and on no other.
async fn as_tenant(
    global: &Global,
    terminal: &Terminal,
    id: &TenantId,
    report: &Report,
    format: render::Format,
    whole: bool,
) -> Outcome {
    let ground = Ground::of(&start::unlocked(global).await?)?;
    let tenants = Tenants::open(ground.acting());
    let mut rows = tenants.get(id.as_str()).await?.query(report).await?;
    if print(terminal, &mut rows, format, whole).await? {
        tenants.close().await;
        ground.close().await;
    }
    Ok(Exit::Ok)
}

/// How a result is printed.
pub(super) fn format(terminal: &Terminal) -> Result<render::Format, Failure> {
    terminal.only(&[Format::Text, Format::Table, Format::Csv, Format::Json, Format::Ndjson])?;
    Ok(match terminal.format {
        Format::Csv => render::Format::Csv,
        Format::Json => render::Format::Json,
        Format::Ndjson => render::Format::Ndjson,
        Format::Text | Format::Table | Format::Sql => render::Format::Table,
    })
}

/// The values of `--param`, each given once.
pub(super) fn bind(values: &mut BTreeMap<String, Param>, params: Vec<ParamArg>) -> Result<(), Failure> {
    for param in params {
        if values.insert(param.name.clone(), Param::from(param.value)).is_some() {
            return Err(Failure::plain(
                Exit::Usage,
                format!("the parameter `{}` is given twice", param.name),
                Some("give each --param once".to_owned()),
            ));
        }
    }
    Ok(())
}

/// Prints a result as it comes; false where its reader went away before the end.
pub(super) async fn print(
    terminal: &Terminal,
    rows: &mut Rows,
    format: render::Format,
    whole: bool,
) -> Result<bool, Failure> {
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    let written = match render::write_all(rows, format, &mut stdout).await {
        // Whoever reads has read enough, as with `| head`.
        Err(render::RenderError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            return Ok(false);
        }
        written => written?,
    };
    drop(stdout);
    tell(terminal, written.truncated, whole)?;
    Ok(true)
}

/// Says what a limit has left out; with `--whole` that is a failure, as with the limit of time.
pub(super) fn tell(terminal: &Terminal, truncated: Option<Truncated>, whole: bool) -> Result<(), Failure> {
    match truncated {
        Some(truncated) if whole => {
            let key = match truncated {
                Truncated::Rows { .. } => "max_rows",
                Truncated::Bytes { .. } => "max_bytes",
            };
            let hint = format!("ask for less, or raise {key} of the role or of the stored report");
            Err(Failure::plain(Exit::DatabaseFailed, truncated.to_string(), Some(hint)))
        }
        Some(truncated) => {
            terminal.note(truncated);
            Ok(())
        }
        None => Ok(()),
    }
}

/// Opens the one role this command needs, and the checker of its texts unless that is open; nothing is migrated or
/// provisioned for a query.
pub(super) async fn open_on(
    unlocked: &Unlocked,
    name: &str,
    checker: &OnceCell<Checker>,
) -> Result<RolePool, Failure> {
    let settings = unlocked.connected.settings();
    let role: &RoleSettings = settings.roles.get(name).ok_or_else(|| RoleUnavailable::Unknown {
        name: name.to_owned(),
        known: settings.roles.keys().cloned().collect(),
    })?;
    let not_ready = |reason: String| RoleUnavailable::Refused { name: name.to_owned(), reason };
    let secret = unlocked
        .role_secret()
        .await?
        .ok_or_else(|| not_ready("it has never been provisioned (run `rolewright apply`)".to_owned()))?;
    let request = stages::open_request(&unlocked.connected, name, role, &secret);
    let open = async || stages::open_checker(&unlocked.connected, &secret, None).await;
    let checker = checker.get_or_try_init(open).await.map_err(|error| not_opened(&error))?.clone();
    let check = Check { checker, policy: Policy::new(name, role) };
    RolePool::open(&request, check).await.map_err(|error| not_opened(&error))
}

fn not_opened(error: &OpenError) -> Failure {
    if error.is_password() {
        let hint = Some("run `rolewright apply`: it aligns the password".to_owned());
        Failure::plain(Exit::NoPermission, error.to_string(), hint)
    } else {
        Failure::plain(error.exit(), error.to_string(), error.hint())
    }
}

fn statement(argument: &str) -> Result<String, Failure> {
    if argument != "-" {
        return Ok(argument.to_owned());
    }
    let mut text = String::new();
    io::stdin()
        .lock()
        .read_to_string(&mut text)
        .map_err(|e| Failure::plain(Exit::Usage, format!("standard input cannot be read: {e}"), None))?;
    Ok(text)
}
