//! `url`: a libpq URL for a managed role.

use rolewright_core::{Exit, settings::RoleSettings};
use rolewright_roles::password;
use serde::Serialize;

use super::{
    Outcome, Terminal,
    args::{Format, Global},
    failure::Failure,
    start,
};
use crate::app::RoleUnavailable;

#[derive(Serialize)]
struct Url<'a> {
    role: &'a str,
    url: &'a str,
}

pub(crate) async fn run(global: &Global, terminal: &Terminal, name: &str) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    let unlocked = start::unlocked(global).await?;
    let settings = unlocked.connected.settings();
    let role: &RoleSettings = settings.roles.get(name).ok_or_else(|| RoleUnavailable::Unknown {
        name: name.to_owned(),
        known: settings.roles.keys().cloned().collect(),
    })?;
    let secret = unlocked.role_secret().await?.ok_or_else(|| {
        Failure::plain(
            Exit::NoPermission,
            format!("the role {} has no password yet", role.role),
            Some("run `rolewright apply`".to_owned()),
        )
    })?;
    let url = settings.database.libpq_url(role.role.as_str(), &password::derive(&secret, &role.role));
    match terminal.format {
        Format::Json => terminal.json(&Url { role: role.role.as_str(), url: url.expose() }),
        _ => terminal.line(url.expose()),
    }
    Ok(Exit::Ok)
}
