//! `verify`: effective rights of every managed role, against its promise.

use rolewright_core::Exit;
use rolewright_roles::Desired;
use uuid::Uuid;

use super::{
    Outcome, Terminal,
    args::{Format, Global},
    start,
};

pub(crate) async fn run(global: &Global, terminal: &Terminal) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    let connected = start::connected(global).await?;
    // Rights are what the server says they are; whose installation this is makes no difference to them.
    let desired = Desired::new(connected.settings(), Uuid::nil());
    let rights = rolewright_roles::verify(connected.core(), &desired).await?;
    if terminal.format == Format::Json {
        terminal.json(&rights);
    } else {
        for violation in &rights.violations {
            terminal.line(format_args!("broken: {}", violation.message()));
            terminal.line(format_args!("   fix: {}", violation.fix));
        }
        for warning in rights.notes() {
            terminal.line(format_args!("note: {}", warning.message()));
        }
        let plan = rolewright_roles::plan(connected.core(), &desired, None).await?;
        let shows = plan.findings.iter().filter(|finding| finding.kind == "shows-denied");
        let shown = shows.inspect(|finding| terminal.finding(finding)).count();
        if connected.settings().tenancy.is_some() {
            terminal.line("note: tenants' roles are not among these; `rolewright tenant upgrade --dry-run` looks at them");
        }
        let names: Vec<&str> = desired.roles.keys().map(AsRef::as_ref).collect();
        if rights.violations.is_empty() {
            let but = if shown == 0 { "" } else { ", but for what the relations named above show them" };
            terminal.line(format_args!(
                "verified: {} can do what is promised, and no more{but}",
                names.join(", ")
            ));
        }
    }
    Ok(if rights.violations.is_empty() { Exit::Ok } else { Exit::Broken })
}
