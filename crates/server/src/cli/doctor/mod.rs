//! `doctor`: every precondition, on the same paths as a start, with the exact command that mends it. It changes nothing.

mod server;

use rolewright_core::{Advice, Exit, settings::Sources};
use rolewright_roles::{Desired, ProvisionError};
use serde::Serialize;
use uuid::Uuid;

use super::{
    Outcome, Terminal,
    args::{Format, Global},
    embedded,
};
use crate::{
    stages::{self, Connected, NoMigrations, Unlocked},
    tenants::{Ground, TenantError},
};

/// One precondition, looked at.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    name: &'static str,
    status: Status,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Warn,
    Fail,
    Skipped,
}

impl Check {
    fn new(name: &'static str, status: Status, detail: impl Into<String>, fix: Option<String>) -> Self {
        Self { name, status, detail: detail.into(), fix }
    }

    fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(name, Status::Ok, detail, None)
    }

    fn warn(name: &'static str, detail: impl Into<String>, fix: Option<String>) -> Self {
        Self::new(name, Status::Warn, detail, fix)
    }

    fn fail(name: &'static str, detail: impl Into<String>, fix: Option<String>) -> Self {
        Self::new(name, Status::Fail, detail, fix)
    }

    fn error(name: &'static str, error: &dyn Advice) -> Self {
        Self::fail(name, error.to_string(), error.hint())
    }
}

pub(crate) async fn run(global: &Global, terminal: &Terminal) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    let mut sources = Sources::from_process(global.config.clone());
    if global.embedded {
        embedded::prepare(&mut sources).await?;
    }
    let spinner = terminal.spinner("looking");
    let checks = examine(&sources).await;
    spinner.finish_and_clear();
    if terminal.format == Format::Json {
        terminal.json(&checks);
    } else {
        print(terminal, &checks);
    }
    let failed = checks.iter().any(|check| check.status == Status::Fail);
    Ok(if failed { Exit::Failed } else { Exit::Ok })
}

fn print(terminal: &Terminal, checks: &[Check]) {
    for check in checks {
        let sign = match check.status {
            Status::Ok => "ok  ",
            Status::Warn => "warn",
            Status::Fail => "FAIL",
            Status::Skipped => "-   ",
        };
        terminal.line(format_args!("{sign}  {:<14} {}", check.name, check.detail));
        if let Some(fix) = &check.fix {
            terminal.line(format_args!("      {:<14} fix: {fix}", ""));
        }
    }
}

/// The checks in the order of the stages; what cannot be looked at for want of the one before is named as skipped.
async fn examine(sources: &Sources) -> Vec<Check> {
    let mut checks = Vec::new();
    let after_configure = ["connection", "server", "rights", "key", "migrations", "roles", "effective"];
    let configured = match stages::configure(sources) {
        Ok(configured) => configured,
        Err(error) => {
            checks.push(Check::error("configuration", &error));
            return skip(checks, &after_configure);
        }
    };
    checks
        .push(Check::ok("configuration", format!("roles configured: {}", configured.settings().roles.len())));
    if let Some(access) = &configured.settings().access {
        checks.push(match crate::access::verifier(&access.jwt).await {
            Ok(_) => Check::ok("tokens", "the keys that tokens are verified with can be read"),
            Err(error) => Check::error("tokens", &error),
        });
    }
    let connected = match configured.connect().await {
        Ok(connected) => connected,
        Err(error) => {
            checks.push(Check::error("connection", &error));
            return skip(checks, &after_configure[1..]);
        }
    };
    server::examine(&connected, &mut checks);
    match connected.clone().unlock().await {
        Ok(unlocked) => {
            checks.push(Check::ok("key", format!("key {} opens what is stored", unlocked.ring.first_id())));
            examine_roles(&unlocked, &mut checks).await;
            examine_tenants(&unlocked, &mut checks).await;
        }
        Err(error) => {
            checks.push(Check::error("key", &error));
            checks = skip(checks, &["migrations", "roles"]);
        }
    }
    examine_rights(&connected, &mut checks).await;
    checks
}

fn skip(mut checks: Vec<Check>, names: &[&'static str]) -> Vec<Check> {
    checks.extend(names.iter().map(|name| {
        Check::new(name, Status::Skipped, "not looked at, since something before it failed", None)
    }));
    checks
}

async fn examine_roles(unlocked: &Unlocked, checks: &mut Vec<Check>) {
    let apply = || Some("rolewright apply".to_owned());
    let preview = match unlocked.preview(&NoMigrations).await {
        Ok(preview) => preview,
        Err(error) => return checks.push(Check::error("roles", &error)),
    };
    let pending = preview.changes.iter().filter(|change| change.kind == "migrate").count();
    checks.push(match pending {
        0 => Check::ok("migrations", "none pending"),
        n => Check::warn("migrations", format!("{n} pending"), apply()),
    });
    for refusal in &preview.refusals {
        checks.push(Check::fail("roles", refusal.message.clone(), Some(refusal.fix.clone())));
    }
    for finding in &preview.findings {
        checks.push(Check::warn("roles", finding.message.clone(), finding.fix.clone()));
    }
    match preview.changes.len() - pending {
        0 if preview.refusals.is_empty() => checks.push(Check::ok("roles", "as configured")),
        0 => {}
        n => checks.push(Check::warn("roles", format!("{n} differences from the configuration"), apply())),
    }
}

/// Whether tenants can be made, refused and removed: what for all of the module's roles is missing, as one script.
async fn examine_tenants(unlocked: &Unlocked, checks: &mut Vec<Check>) {
    let Ok(ground) = Ground::of(unlocked) else { return };
    checks.push(match ground.standing().await {
        Ok(None) => Check::ok("tenants", "core and its keepers may act for the module's roles"),
        Ok(Some(finding)) => Check::fail("tenants", finding.message, finding.fix),
        Err(TenantError::Roles(ProvisionError::NotMigrated)) => return,
        Err(error) => Check::error("tenants", &error),
    });
    match ground.renamed().await {
        Ok(found) => {
            for finding in found.into_values().flatten() {
                checks.push(Check::fail("tenants", finding.message, finding.fix));
            }
        }
        Err(error) => checks.push(Check::error("tenants", &error)),
    }
}

async fn examine_rights(connected: &Connected, checks: &mut Vec<Check>) {
    let desired = Desired::new(connected.settings(), Uuid::nil());
    match rolewright_roles::verify(connected.core(), &desired).await {
        Ok(rights) => {
            for violation in &rights.violations {
                // A role that is not there yet can do nothing; that it is missing is a difference, and mended by apply.
                let check = if violation.is_excess() { Check::fail } else { Check::warn };
                checks.push(check("effective", violation.message(), Some(violation.fix.clone())));
            }
            for warning in rights.notes() {
                checks.push(Check::warn("effective", warning.message(), Some(warning.fix.clone())));
            }
            if rights.violations.is_empty() {
                checks.push(Check::ok("effective", "no managed role can do more than it promises"));
            }
        }
        Err(error) => checks.push(Check::error("effective", &error)),
    }
}
