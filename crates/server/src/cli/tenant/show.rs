//! What the commands of tenants print.

use rolewright_core::{Advice as _, Exit};
use rolewright_roles::tenants::{TenantPlan, leaves_open};
use serde::Serialize;

use super::super::{Outcome, Terminal, args::Format};
use crate::tenants::{Halted, JobItem, JobReport, JobSummary, Kind, Tenant, TenantError};

pub(super) fn report(terminal: &Terminal, report: &JobReport) -> Outcome {
    if terminal.format == Format::Json {
        terminal.json(report);
        return Ok(report.exit());
    }
    if let (Some(job), Some(holder)) = (report.job, &report.held_by) {
        terminal.line(format_args!(
            "{}: job {job} is being worked on by {holder}, and is left to it",
            report.kind
        ));
        return Ok(report.exit());
    }
    if let (Some(job), Some(error)) = (report.job, &report.error) {
        terminal.note(format_args!("error: {error}"));
        if let Some(hint) = &report.hint {
            terminal.note(format_args!("hint: {hint}"));
        }
        terminal.line(format_args!("{}: job {job} could not be gone on with", report.kind));
        return Ok(report.exit());
    }
    for item in &report.tenants {
        match &item.error {
            // They are told together: there may be thousands of them.
            Some(_) if item.waits => {}
            Some(error) => {
                if !item.changes.is_empty() {
                    terminal.line(format_args!("{}: {}", item.id, item.changes.join(", ")));
                }
                terminal.note(format_args!("error: {}: {error}", item.id));
                if let Some(hint) = &item.hint {
                    terminal.note(format_args!("hint: {hint}"));
                }
            }
            None if item.changes.is_empty() => terminal.line(format_args!("{}: nothing to change", item.id)),
            None => terminal.line(format_args!("{}: {}", item.id, item.changes.join(", "))),
        }
        if item.error.is_none() {
            item.findings.iter().for_each(|finding| terminal.finding(finding));
        }
    }
    let waits = report.tenants.iter().filter(|item| item.waits).count();
    let failed = report.tenants.iter().filter(|item| item.error.is_some()).count() - waits;
    let job = report.job.map(|job| format!(" (job {job})")).unwrap_or_default();
    let done = report.tenants.len() - failed - waits;
    if let Some(hint) = report.tenants.iter().find(|item| item.waits).and_then(|item| item.hint.as_ref()) {
        terminal
            .note(format_args!("the command was told to stop before {waits} of the tenants had their turn"));
        terminal.note(format_args!("hint: {hint}"));
    }
    let waits = if waits == 0 { String::new() } else { format!(", {waits} waiting") };
    terminal.line(format_args!("{}: {done} done, {failed} failed{waits}{job}", report.kind));
    Ok(report.exit())
}

/// A tenant that is waited for, while that lasts.
pub(super) fn waits(terminal: &Terminal, busy: &TenantError) {
    terminal.note(format_args!("waiting: {busy}"));
    if let Some(hint) = busy.hint() {
        terminal.note(format_args!("hint: {hint}"));
    }
}

/// What would be done, and what stands in the way.
pub(super) fn plan(terminal: &Terminal, kind: Kind, plan: &TenantPlan) -> Outcome {
    // As the command itself ends where the same stands in its way.
    let open = kind == Kind::Disable && plan.findings.iter().any(leaves_open);
    let exit = match plan.refused.values().flatten().next().map(|refusal| refusal.kind.as_str()) {
        None if open => Exit::NoPermission,
        None => Exit::Ok,
        Some("needed") => Exit::Refused,
        Some("state") => Exit::Usage,
        Some("migrations") => Exit::DatabaseFailed,
        Some(_) => Exit::NoPermission,
    };
    if terminal.format == Format::Json {
        terminal.json(plan);
        return Ok(exit);
    }
    for change in &plan.changes {
        terminal.line(format_args!("{}: {}", change.kind, change.object));
    }
    for refusal in plan.refused.values().flatten() {
        terminal.line(format_args!("refused: {}", refusal.message));
        terminal.line(format_args!(" fix: {}", refusal.fix));
    }
    plan.findings.iter().for_each(|finding| terminal.finding(finding));
    if plan.is_empty() && plan.refused.is_empty() {
        terminal.line("nothing to change");
    }
    Ok(exit)
}

pub(super) fn list(terminal: &Terminal, tenants: &[Tenant]) -> Outcome {
    if terminal.format == Format::Json {
        terminal.json(&tenants);
    } else if tenants.is_empty() {
        terminal.note("there is no tenant yet");
    } else {
        let header = ["tenant", "state", "version", "role", "login", "since"];
        terminal.table(
            &header,
            tenants.iter().map(|tenant| {
                vec![
                    tenant.id.to_string(),
                    tenant.stands(),
                    tenant.version.clone().unwrap_or_default(),
                    tenant.role.clone(),
                    tenant.login.clone(),
                    tenant.changed_at.to_string(),
                ]
            }),
        );
        tenants.iter().flat_map(|tenant| &tenant.findings).for_each(|finding| terminal.finding(finding));
    }
    Ok(Exit::Ok)
}

pub(super) fn jobs(terminal: &Terminal, jobs: &[JobSummary]) -> Outcome {
    if terminal.format == Format::Json {
        terminal.json(&jobs);
    } else if jobs.is_empty() {
        terminal.note("there was no job yet");
    } else {
        let header = ["job", "kind", "begun", "finished", "done", "failed", "left", "by"];
        terminal.table(
            &header,
            jobs.iter().map(|job| {
                vec![
                    job.id.to_string(),
                    job.kind.clone(),
                    job.started_at.to_string(),
                    job.finished_at.map(|at| at.to_string()).unwrap_or_default(),
                    job.done.to_string(),
                    job.failed.to_string(),
                    job.left.to_string(),
                    job.started_by.clone(),
                ]
            }),
        );
    }
    Ok(Exit::Ok)
}

/// What each tenant of a job has come to.
pub(super) fn job(terminal: &Terminal, number: i64, items: &[JobItem]) -> Outcome {
    if items.is_empty() {
        return Err(TenantError::NoJob(number).into());
    }
    if terminal.format == Format::Json {
        terminal.json(&items);
    } else {
        each(terminal, items);
    }
    Ok(Exit::Ok)
}

/// A job that was told to stop.
pub(super) fn halted(terminal: &Terminal, halted: &Halted) -> Outcome {
    if terminal.format == Format::Json {
        terminal.json(halted);
        return Ok(Exit::Ok);
    }
    each(terminal, &halted.tenants);
    match &halted.held_by {
        Some(holder) => terminal.line(format_args!(
            "job {}: {holder} is at work on it, ends what it has begun, and begins nothing more",
            halted.job
        )),
        None => terminal.line(format_args!("job {}: stopped; nobody was at work on it", halted.job)),
    }
    Ok(Exit::Ok)
}

fn each(terminal: &Terminal, items: &[JobItem]) {
    for item in items {
        let detail = item.detail.as_deref().map(|detail| format!(": {detail}")).unwrap_or_default();
        terminal.line(format_args!("{}: {}{detail}", item.tenant, item.state));
    }
}

/// A tenant with its part of the last job.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    tenant: Tenant,
    last: Option<JobItem>,
}

/// One tenant, a line a value.
pub(super) fn one(terminal: &Terminal, tenant: Tenant, last: Option<JobItem>) -> Outcome {
    let shown = Shown { tenant, last };
    if terminal.format == Format::Json {
        terminal.json(&shown);
        return Ok(Exit::Ok);
    }
    if let Ok(serde_json::Value::Object(values)) = serde_json::to_value(&shown.tenant) {
        let stands = ("state", shown.tenant.stands());
        let said =
            values.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?.to_owned())));
        for (name, value) in said {
            let value = if name == stands.0 { &stands.1 } else { &value };
            terminal.line(format_args!("{name}: {value}"));
        }
    }
    if let Some(JobItem { job, kind, state, detail, .. }) = shown.last {
        let detail = detail.map(|detail| format!(": {detail}")).unwrap_or_default();
        terminal.line(format_args!("last: job {job}, {kind}, {state}{detail}"));
    }
    shown.tenant.findings.iter().for_each(|finding| terminal.finding(finding));
    Ok(Exit::Ok)
}
