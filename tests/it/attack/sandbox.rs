//! The corpus through the sandbox, and through each of its layers with the other switched off: no effect but what is known, by name
//! and with its reason.

use rolewright::attack::{Effect, Outcome, Tried, Way, residuals};

use super::fixture;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_escapes() {
    let outcome = the_corpus(Way::Sandbox).await;
    only_what_is_known(&outcome);
    assert_eq!(outcome.escaped().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_boundary_alone_stops_what_is_not_listed() {
    only_what_is_known(&the_corpus(Way::Boundary).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_alone_stops_what_is_not_listed() {
    only_what_is_known(&the_corpus(Way::Check).await);
}

async fn the_corpus(way: Way) -> Outcome {
    let outcome = fixture::run(way).await;
    assert!(outcome.attempts.iter().filter(|tried| !tried.control).count() >= 350);
    outcome
}

#[track_caller]
pub(super) fn only_what_is_known(outcome: &Outcome) {
    assert!(outcome.unwatched.is_empty(), "{:?}", outcome.unwatched);
    let controls: Vec<_> =
        outcome.attempts.iter().filter(|tried| tried.control && tried.effect != Effect::None).collect();
    assert!(controls.is_empty(), "{controls:?}");
    let known = residuals().unwrap();
    let listed = |tried: &Tried, effect: &Effect| {
        known
            .iter()
            .any(|one| one.id == tried.id && one.through.contains(&tried.way) && one.effects.contains(effect))
    };
    let unknown: Vec<String> = outcome
        .attempts
        .iter()
        .filter(|tried| !tried.effects.iter().all(|effect| listed(tried, effect)))
        .map(|tried| format!("{} {:?} {:?} {}", tried.id, tried.effects, tried.details, tried.stopped_by))
        .collect();
    assert!(unknown.is_empty(), "{} got out:\n{}", unknown.len(), unknown.join("\n"));
}
