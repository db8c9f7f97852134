//! The corpus on plain connections: not what must not be, but what must be seen, so that the harness is known not to be blind.

use rolewright::attack::{Effect, Outcome, Way};

use super::fixture;

/// Effects that PostgreSQL gives to every login, or that the fixture's mistakes give. A role's sessions begin read-only.
const SEEN: [(&str, Effect); 15] = [
    ("N01", Effect::Notified),
    ("N02", Effect::Notified),
    ("N04", Effect::Residue),
    ("L01", Effect::BlockedOthers),
    ("E06", Effect::BlockedOthers),
    ("P01", Effect::KilledPeer),
    ("P02", Effect::CancelledPeer),
    ("K06", Effect::ReadSecret),
    ("K31", Effect::ReadSecret),
    ("Q05", Effect::ReadSecret),
    ("G04", Effect::ReadSecret),
    ("Z01", Effect::Residue),
    ("Z31", Effect::Residue),
    ("T20", Effect::Overran),
    ("K43", Effect::ReadCatalog),
];

/// What takes several statements, which leave the read-only transaction first.
const SEVERAL: [(&str, Effect); 7] = [
    ("X05", Effect::SettingPersisted),
    ("S24", Effect::PasswordChanged),
    ("O10", Effect::LargeObject),
    ("L27", Effect::BlockedOthers),
    ("L30", Effect::BlockedOthers),
    ("L31", Effect::BlockedOthers),
    ("T02", Effect::Overran),
];

/// What privileges stop, whatever the way.
const NEVER: [&str; 8] = ["W01", "W03", "K01", "K03", "R14", "F14", "DD01", "I30"];

#[tokio::test(flavor = "multi_thread")]
async fn the_simple_protocol_shows_what_a_login_can_do() {
    shows(&fixture::run(Way::Simple).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_extended_protocol_shows_what_a_login_can_do() {
    shows(&fixture::run(Way::Extended).await);
}

#[track_caller]
fn shows(outcome: &Outcome) {
    sees(outcome, &SEEN);
    sees(outcome, &SEVERAL);
    let waits = |id: &str| {
        let tried = outcome.attempts.iter().find(|tried| tried.id == id).unwrap();
        tried.details.iter().any(|detail| detail.starts_with("core waits for RowExclusiveLock"))
    };
    assert!(waits("L30") && !waits("L27"), "core's own work does not show what stands in its way");
    for id in NEVER {
        let tried = outcome.attempts.iter().find(|tried| tried.id == id).unwrap();
        assert!(tried.effects.is_empty(), "{id}: {:?}", tried.effects);
    }
}

#[track_caller]
pub(super) fn sees(outcome: &Outcome, expected: &[(&str, Effect)]) {
    let effects = |id: &str| {
        let tried = outcome.attempts.iter().find(|tried| tried.id == id);
        tried.unwrap_or_else(|| panic!("{id} was not tried")).effects.clone()
    };
    let blind: Vec<_> = expected
        .iter()
        .filter(|(id, effect)| !effects(id).contains(effect))
        .map(|(id, e)| (id, e, effects(id)))
        .collect();
    assert!(blind.is_empty(), "not seen: {blind:?}");
    assert!(outcome.escaped().next().is_none(), "only the sandbox can be escaped from");
}
