//! `secret …`: the local secrets and their key.

use std::io::Read;

use rolewright_core::{Exit, RoleSecret, settings::Sources};
use rolewright_secrets::{KeyRing, Lookup, RoleSecretState, SecretInfo, SecretValue};

use serde::Serialize;
use time::OffsetDateTime;

use super::{
    Outcome, Terminal,
    args::{Format, Global, SecretCommand},
    failure::Failure,
    start,
};
use crate::stages::{NoMigrations, UnlockError};

pub(crate) async fn run(global: &Global, terminal: &Terminal, command: SecretCommand) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    match command {
        SecretCommand::InitKey { path } => init_key(global, terminal, path),
        SecretCommand::List => list(global, terminal).await,
        SecretCommand::Set { name } => set(global, terminal, &name).await,
        SecretCommand::Get { name } => get(global, terminal, &name).await,
        SecretCommand::Delete { name } => delete(global, terminal, &name).await,
        SecretCommand::RotateKey { new } => rotate_key(global, terminal, new).await,
        SecretCommand::RotateRoles => rotate_roles(global, terminal).await,
    }
}

fn init_key(global: &Global, terminal: &Terminal, path: Option<std::path::PathBuf>) -> Outcome {
    let path = match path {
        Some(path) => path,
        None => start::settings(global)?.crypto.key_file.ok_or(UnlockError::NoKeyFile)?,
    };
    let ring = KeyRing::init(&path)?;
    terminal.line(format_args!("made the key file {} with key {}", path.display(), ring.first_id()));
    terminal.note("keep a copy in another place: without it, no stored secret opens");
    Ok(Exit::Ok)
}

async fn list(global: &Global, terminal: &Terminal) -> Outcome {
    let connected = start::connected(global).await?;
    let entries = match connected.secrets().await? {
        Some(store) => store.list(connected.core()).await?,
        None => Vec::new(),
    };
    if terminal.format == Format::Json {
        terminal.json(&entries.iter().map(Listed::from).collect::<Vec<_>>());
    } else {
        terminal.table(
            &["name", "sealed under", "created", "changed"],
            entries
                .iter()
                .map(|e| vec![e.name.clone(), form(e), e.created_at.to_string(), e.updated_at.to_string()]),
        );
    }
    Ok(Exit::Ok)
}

async fn set(global: &Global, terminal: &Terminal, name: &str) -> Outcome {
    own(name)?;
    let mut value = String::new();
    let read = std::io::stdin().lock().read_to_string(&mut value);
    let hint =
        || Some(format!("give the value on standard input: printf %s … | rolewright secret set {name}"));
    match read {
        Ok(0) => return Err(Failure::plain(Exit::Usage, "there is no value on standard input", hint())),
        Ok(_) => {}
        Err(error) => {
            return Err(Failure::plain(
                Exit::Usage,
                format!("standard input cannot be read: {error}"),
                hint(),
            ));
        }
    }
    // One newline at the end is the terminal's or echo's, not the secret's.
    let value = value.strip_suffix('\n').map_or(value.as_str(), |v| v.strip_suffix('\r').unwrap_or(v));
    let connected = start::connected(global).await?;
    let value = SecretValue::from(value);
    match connected.secrets().await? {
        Some(store) => store.set(connected.core(), name, &value).await?,
        None => {
            let migrated = connected.unlock().await?.migrate(&NoMigrations).await?;
            migrated.store.set(migrated.core(), name, &value).await?;
        }
    }
    terminal.line(format_args!("sealed {name}"));
    Ok(Exit::Ok)
}

async fn get(global: &Global, terminal: &Terminal, name: &str) -> Outcome {
    own(name)?;
    let connected = start::connected(global).await?;
    let found = match connected.secrets().await? {
        Some(store) => store.get(connected.core(), name).await?,
        None => Lookup::Missing,
    };
    match found {
        Lookup::Found(value) => {
            // Bytes that are no text go out as they are; a newline would be a part of them.
            match value.expose_str() {
                Some(text) => terminal.line(text),
                None => terminal.bytes(value.expose()),
            }
            Ok(Exit::Ok)
        }
        Lookup::Missing => Err(missing(name)),
    }
}

async fn delete(global: &Global, terminal: &Terminal, name: &str) -> Outcome {
    let connected = start::connected(global).await?;
    let Some(store) = connected.secrets().await? else { return Err(missing(name)) };
    // What cannot be read is of no use to anybody; the next start makes a new one, and new passwords with it.
    if !matches!(store.role_secret_state(connected.core()).await?, RoleSecretState::Unreadable(_)) {
        own(name)?;
    }
    let deleted = store.delete(connected.core(), name).await?;
    if !deleted {
        return Err(missing(name));
    }
    terminal.line(format_args!("deleted {name}"));
    Ok(Exit::Ok)
}

/// One line of `secret list --format json`.
#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    sealed_under: String,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

impl<'a> From<&'a SecretInfo> for Listed<'a> {
    fn from(info: &'a SecretInfo) -> Self {
        Self {
            name: &info.name,
            sealed_under: form(info),
            created_at: info.created_at,
            updated_at: info.updated_at,
        }
    }
}

fn form(entry: &SecretInfo) -> String {
    match &entry.key {
        Some(key) => key.to_string(),
        None if entry.legacy => "an older form".to_owned(),
        None => "unknown".to_owned(),
    }
}

/// The secret behind the roles' passwords is not for reading or writing by hand.
fn own(name: &str) -> Result<(), Failure> {
    if name == RoleSecret::KEY {
        return Err(Failure::plain(
            Exit::Refused,
            format!("{name} belongs to Rolewright"),
            Some("change it with `rolewright secret rotate-roles`; a role's password is in `rolewright url NAME`".to_owned()),
        ));
    }
    Ok(())
}

fn missing(name: &str) -> Failure {
    let hint = Some("`rolewright secret list` shows the names there are".to_owned());
    Failure::plain(Exit::Failed, format!("there is no secret named {name}"), hint)
}

async fn rotate_key(global: &Global, terminal: &Terminal, new: bool) -> Outcome {
    if new {
        let settings = crate::stages::configure(&Sources::from_process(global.config.clone()))?;
        let path = settings.settings().crypto.key_file.clone().ok_or(UnlockError::NoKeyFile)?;
        let ring = KeyRing::prepend_new(&path)?;
        terminal.note(format_args!("new first key {} in {}", ring.first_id(), path.display()));
    }
    let unlocked = start::unlocked(global).await?;
    let Some(store) = unlocked.store() else {
        terminal.line("nothing is stored yet");
        return Ok(Exit::Ok);
    };
    let bar = terminal.bar(0);
    let outcome = store
        .rotate(&unlocked.connected.core, |progress| {
            bar.set_length(progress.pending);
            bar.set_position(progress.resealed);
        })
        .await?;
    bar.finish_and_clear();
    terminal.line(format_args!(
        "{} values sealed anew under key {}, {} were already",
        outcome.resealed,
        unlocked.ring.first_id(),
        outcome.already
    ));
    for (name, why) in &outcome.unreadable {
        terminal.note(format_args!("left as it is: {name}: {why}"));
    }
    if !outcome.is_complete() {
        let message = format!("{} values are not under the first key", outcome.remaining);
        let hint =
            "mend or delete those, and run it again before an old key is taken out of the file".to_owned();
        return Err(Failure::plain(Exit::NoPermission, message, Some(hint)));
    }
    Ok(Exit::Ok)
}

async fn rotate_roles(global: &Global, terminal: &Terminal) -> Outcome {
    let rotated = start::unlocked(global).await?.migrate(&NoMigrations).await?.rotate_roles().await?;
    terminal.line(format_args!("{} role passwords changed", rotated.changed));
    for finding in &rotated.findings {
        terminal.finding(finding);
    }
    if !rotated.findings.is_empty() {
        terminal.note("the secret is a new one: until these are set, what is logged in goes on, and what logs in anew may be refused");
    }
    Ok(Exit::Ok)
}
