//! `url`: a libpq URL for a managed role, or for the checker of reports.

use rolewright_core::{Exit, Ident, RoleSecret, settings::Settings};
use rolewright_roles::password;
use serde::Serialize;

use super::{
    Outcome, Terminal,
    args::{Format, Global},
    failure::Failure,
    start,
};
use crate::{app::RoleUnavailable, stages::Unlocked};

#[derive(Serialize)]
struct Url<'a> {
    role: &'a str,
    url: &'a str,
}

pub(crate) async fn run(global: &Global, terminal: &Terminal, name: Option<&str>) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    let unlocked = start::unlocked(global).await?;
    let settings = unlocked.connected.settings();
    let role = match name {
        Some(name) => role(settings, name)?,
        None => &settings.sandbox.checker,
    };
    let url =
        settings.database.libpq_url(role.as_str(), &password::derive(&secret(&unlocked, role).await?, role));
    match terminal.format {
        Format::Json => terminal.json(&Url { role: role.as_str(), url: url.expose() }),
        _ => terminal.line(url.expose()),
    }
    Ok(Exit::Ok)
}

fn role<'a>(settings: &'a Settings, name: &str) -> Result<&'a Ident, RoleUnavailable> {
    let unknown = || RoleUnavailable::Unknown {
        name: name.to_owned(),
        known: settings.roles.keys().cloned().collect(),
    };
    settings.roles.get(name).map(|role| &role.role).ok_or_else(unknown)
}

/// What the password derives from. Where an administrator makes the role, it is there before the role is.
async fn secret(unlocked: &Unlocked, role: &Ident) -> Result<RoleSecret, Failure> {
    if let Some(secret) = unlocked.role_secret().await? {
        return Ok(secret);
    }
    let server = unlocked.connected.server();
    match unlocked.store().filter(|_| !server.createrole && !server.superuser) {
        Some(store) => Ok(store.role_secret(unlocked.connected.core()).await?),
        None => Err(Failure::plain(
            Exit::NoPermission,
            format!("the role {role} has no password yet"),
            Some("run `rolewright apply`".to_owned()),
        )),
    }
}
