//! How an attack's outcome is told: a table of classes by ways, then every effect with what undoes it, then what cannot be prevented.

use std::collections::BTreeMap;

use serde::Serialize;

use super::table;
use crate::{
    attack::{Class, Effect, Outcome, Tried, Way},
    cli::{Terminal, args::Format},
};

/// What core cannot take from whoever holds a role's password (PostgreSQL gives it to every login).
const CANNOT: [(&str, &str); 7] = [
    (
        "change its own password, and lock the application out",
        "`rolewright apply`, or the next login of a pool",
    ),
    (
        "change its own defaults (ALTER ROLE … SET), or give its own grants up (DROP OWNED)",
        "the next reconcile",
    ),
    ("send notifications, and listen to all channels", "nothing; listeners must not trust payloads"),
    (
        "take advisory locks, as many as the lock table holds, and keep a transaction open",
        "ending its session",
    ),
    ("end or cancel other sessions of the same role, and read their statements", "running that work again"),
    (
        "tell rows that views and policies hide from rows that are not there, by what fails for them alone",
        "nothing; views and policies hide rows from reports, which go through the sandbox",
    ),
    (
        "use memory, processor time and temporary files",
        "ending its session; temp_file_limit, the system's limits",
    ),
];

/// The outcome with its table.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    outcome: &'a Outcome,
    classes: Vec<Class>,
}

pub(super) fn show(terminal: &Terminal, outcome: &Outcome) {
    let classes = outcome.classes();
    if terminal.format == Format::Json {
        return terminal.json(&Told { outcome, classes });
    }
    let (header, lines) = table::lines(&classes);
    terminal.line("Attempts by class, and how many of them had an effect in each way:\n");
    terminal.table(&header, lines);
    let sandbox: Vec<&Tried> = outcome.attempts.iter().filter(|tried| tried.way == Way::Sandbox).collect();
    effects(terminal, "through the sandbox", sandbox.iter().filter(|t| t.effect != Effect::None).copied());
    effects(
        terminal,
        "on plain connections, which have nothing between them and the server",
        outcome.attempts.iter().filter(|t| t.way.is_plain() && t.effect != Effect::None),
    );
    left_out(terminal, outcome);
    if outcome.attempts.iter().any(|tried| tried.way.is_plain()) {
        terminal.line(
            "\nWhoever holds a role's password can, and PostgreSQL has no right that could be taken away:",
        );
        for (what, repair) in CANNOT {
            terminal.line(format_args!("  {what}\n    repaired by: {repair}"));
        }
    }
    let tried = sandbox.len();
    let escaped: Vec<&str> = outcome.escaped().map(|tried| tried.id.as_str()).collect();
    let verdict = match (tried, escaped.len()) {
        (0, _) => "the sandbox was not tried".to_owned(),
        (_, 0) => format!("none of {tried} attempts escaped through the sandbox"),
        (_, n) => format!("{n} of {tried} attempts escaped through the sandbox: {}", escaped.join(", ")),
    };
    terminal.line(format_args!("\n{verdict}"));
    if outcome.untried > 0 {
        terminal.line(format_args!("stopped before all was done: {} more were not tried", outcome.untried));
    }
}

fn effects<'a>(terminal: &Terminal, title: &str, tried: impl Iterator<Item = &'a Tried>) {
    let mut by_effect: BTreeMap<Effect, Vec<&Tried>> = BTreeMap::new();
    for tried in tried {
        by_effect.entry(tried.effect).or_default().push(tried);
    }
    if by_effect.is_empty() {
        return;
    }
    terminal.line(format_args!("\nEffects {title}:"));
    for (effect, all) in by_effect.into_iter().rev() {
        terminal.line(format_args!("{effect}; undone by: {}", effect.undone_by()));
        for tried in all {
            let known = tried.residual.as_ref().map(|why| format!(" (known: {why})")).unwrap_or_default();
            let details = tried.details.join("; ");
            terminal.line(format_args!("  {} as {}, {}: {details}{known}", tried.id, tried.role, tried.way));
        }
    }
}

fn left_out(terminal: &Terminal, outcome: &Outcome) {
    let reasons = outcome.reasons();
    if !reasons.is_empty() {
        terminal.line(format_args!("\n{} left out:", outcome.left_out.len()));
    }
    for (reason, count) in reasons {
        terminal.line(format_args!("  {count}: {reason}"));
    }
    for part in &outcome.unwatched {
        terminal.line(format_args!("note: {part} changed while nothing was tried, and could not be watched"));
    }
    for what in &outcome.blind {
        terminal.line(format_args!("note: not seen: {what}"));
    }
}
