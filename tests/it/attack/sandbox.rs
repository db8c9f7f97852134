//! The corpus through the sandbox: no effect but what is known, by name and with its reason.

use rolewright::attack::{Effect, Way, residuals};

use super::fixture;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_escapes_but_what_is_known() {
    let outcome = fixture::run(Way::Sandbox).await;
    assert!(outcome.attempts.iter().filter(|tried| !tried.control).count() >= 350);
    assert!(outcome.unwatched.is_empty(), "{:?}", outcome.unwatched);
    let controls: Vec<_> =
        outcome.attempts.iter().filter(|tried| tried.control && tried.effect != Effect::None).collect();
    assert!(controls.is_empty(), "{controls:?}");
    let known = residuals().unwrap();
    let unknown: Vec<String> = outcome
        .attempts
        .iter()
        .filter(|tried| {
            let listed = known.iter().find(|residual| residual.id == tried.id);
            !tried.effects.iter().all(|effect| listed.is_some_and(|known| known.effects.contains(effect)))
        })
        .map(|tried| format!("{} {:?} {:?} {}", tried.id, tried.effects, tried.details, tried.stopped_by))
        .collect();
    assert!(unknown.is_empty(), "{} got out:\n{}", unknown.len(), unknown.join("\n"));
}
