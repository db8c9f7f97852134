//! What burdens the server, whole: memory, temporary files, the lock table, the log, transaction numbers. It wants a server to itself, and
//! runs with `cargo xtask stress attack::heavy`; in the suite's run these attempts are tried in sizes that harm nobody.

use rolewright::attack::{Effect, Way};

use super::{fixture, plain::sees, sandbox::only_what_is_known};
use crate::harness::form::full;

/// What a plain connection can do to the server, one attempt for each thing that is watched.
const SEEN: [(&str, Effect); 5] = [
    ("M01", Effect::TookMemory),
    ("M09", Effect::TookDisk),
    ("M12", Effect::BurnedXids),
    ("M16", Effect::FloodedLog),
    ("L04", Effect::BlockedOthers),
];

#[tokio::test(flavor = "multi_thread")]
async fn whole_attempts_through_the_sandbox() {
    if full() {
        let outcome = fixture::heavy(Way::Sandbox).await;
        only_what_is_known(&outcome);
        assert_eq!(outcome.escaped().count(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_attempts_on_a_plain_connection_are_seen() {
    if full() {
        sees(&fixture::heavy(Way::Simple).await, &SEEN);
    }
}
