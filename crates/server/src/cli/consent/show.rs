//! What the commands of consent print.

use rolewright_core::Exit;
use rolewright_roles::consent::{Effect, Explained, Older, Opening, Said, Saying, Why};
use serde::Serialize;
use time::OffsetDateTime;

use super::super::{Outcome, Terminal, args::Format};

/// How many keys a note names.
const NAMED: usize = 10;

/// The JSON of `consent revoke` and `consent restore`.
#[derive(Serialize)]
struct Done {
    effect: Effect,
    whom: String,
    records: u64,
    /// Whether each of the keys has a row now; absent where that is not to be known.
    #[serde(skip_serializing_if = "Option::is_none")]
    there: Option<bool>,
    /// The keys that have none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<String>,
}

/// `missing` is the table of the records, and the keys that no row of it has.
pub(super) fn done(
    terminal: &Terminal,
    saying: &Saying,
    records: u64,
    missing: Option<(String, Vec<String>)>,
) -> Outcome {
    if let Some((table, keys)) = missing.as_ref().filter(|(_, keys)| !keys.is_empty()) {
        let more = if keys.len() > NAMED { ", …" } else { "" };
        let named = || keys.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        terminal.note(match records {
            1 => format!("{table} has no row with that key now"),
            _ => format!("{table} has no row with {} of these keys now: {}{more}", keys.len(), named()),
        });
    }
    let there = missing.as_ref().map(|(_, keys)| keys.is_empty());
    let missing = missing.map(|(_, keys)| keys).unwrap_or_default();
    let done = Done { effect: saying.effect, whom: saying.whom.to_string(), records, there, missing };
    if terminal.format == Format::Json {
        terminal.json(&done);
    } else {
        let word = if saying.effect == Effect::Revoke { "revoked" } else { "restored" };
        let count = if records == 1 { "1 record".to_owned() } else { format!("{records} records") };
        terminal.line(format_args!("{word} for {}: {count}", done.whom));
    }
    Ok(Exit::Ok)
}

pub(super) fn said(terminal: &Terminal, said: &[Said]) -> Outcome {
    if terminal.format == Format::Json {
        terminal.json(&said);
    } else if said.is_empty() {
        terminal.note("nothing was said yet");
    } else {
        let row = |one: &Said| {
            vec![
                one.id.to_string(),
                one.at.to_string(),
                one.record.clone(),
                one.effect.clone(),
                one.whom.clone(),
                one.from.to_string(),
                until(one.until),
                one.reason.clone().unwrap_or_default(),
                one.by.clone(),
            ]
        };
        let header = ["id", "at", "record", "effect", "for", "from", "until", "reason", "by"];
        terminal.table(&header, said.iter().map(row));
    }
    Ok(Exit::Ok)
}

pub(super) fn opened(terminal: &Terminal, opened: &[Opening]) -> Outcome {
    if terminal.format == Format::Json {
        terminal.json(&opened);
    } else if opened.is_empty() {
        terminal.note("no record was opened yet");
    } else {
        let row = |one: &Opening| {
            vec![
                one.id.to_string(),
                one.at.to_string(),
                one.record.clone(),
                one.role.clone(),
                one.subject.clone().unwrap_or_default(),
                one.until.to_string(),
                one.reason.clone(),
                one.login.clone(),
                one.from.clone().unwrap_or_else(|| "socket".to_owned()),
            ]
        };
        let header = ["id", "at", "record", "role", "subject", "until", "reason", "login", "client"];
        terminal.table(&header, opened.iter().map(row));
    }
    Ok(Exit::Ok)
}

pub(super) fn explained(terminal: &Terminal, explained: &Explained) -> Outcome {
    if terminal.format == Format::Json {
        terminal.json(explained);
        return Ok(Exit::Ok);
    }
    let word = if explained.visible { "visible" } else { "hidden" };
    let why = match &explained.why {
        Why::Unbound => "no policy binds a superuser, or a role with BYPASSRLS".to_owned(),
        Why::Opened { opening, until } => format!("opening {opening}, until {until}"),
        Why::Default => "nothing that holds was said of it, and this is the default".to_owned(),
        Why::Said(said) => {
            let reason = said.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!(
                "saying {}, {} for {} by {} at {}, from {} {}{reason}",
                said.id,
                said.effect,
                said.whom,
                said.by,
                said.at,
                said.from,
                said.until.map_or_else(|| "on".to_owned(), |until| format!("until {until}"))
            )
        }
    };
    terminal.line(format_args!("{word} for {}", explained.role));
    terminal.line(format_args!("  by: {why}"));
    Ok(Exit::Ok)
}

pub(super) fn older(terminal: &Terminal, older: &Older, dry_run: bool) -> Outcome {
    if terminal.format == Format::Json {
        terminal.json(older);
        return Ok(Exit::Ok);
    }
    let header = ["policy", "table", "record", "hidden from"];
    let row = |one: &rolewright_roles::consent::OlderPolicy| {
        vec![one.policy.clone(), one.table.clone(), one.record.clone(), one.whom.join(", ")]
    };
    if !older.policies.is_empty() {
        terminal.table(&header, older.policies.iter().map(row));
    }
    for left in &older.left {
        terminal.line(format_args!("note: {left} says something else than its name, and is left alone"));
    }
    terminal.line(match (older.policies.len(), dry_run) {
        (0, _) => "there is no policy of the older form".to_owned(),
        (policies, true) => format!("{policies} policies would be taken over, and dropped"),
        (policies, false) => format!("{policies} policies taken over, and dropped"),
    });
    Ok(Exit::Ok)
}

fn until(until: Option<OffsetDateTime>) -> String {
    until.map(|until| until.to_string()).unwrap_or_default()
}
