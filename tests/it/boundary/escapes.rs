//! The escape corpus through the runner, and through the sandbox's boundary alone: by the same judgement, on the same objects.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rolewright::attack::{Effect, Outcome, Way, corpus, residuals};

use super::{runner::Runner, way::Runners};
use crate::{attack::fixture, harness::form::full};

/// The attempts at other sessions of the same role: a role may see and end its own, and the runner's owner has none.
const OWN: [&str; 8] = ["K31", "K32", "K52", "P01", "P02", "P20", "P21", "P23"];

/// What was seen: the attempt and its effect.
type Seen = BTreeSet<(String, Effect)>;

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_stops_what_speaks_of_sessions_and_nothing_else() {
    let host = fixture::host().await;
    let provisioned = fixture::provisioned(&host).await;
    let mut runners = BTreeMap::new();
    for (connection, path) in [("raw", "public"), ("rep", "reporting")] {
        let role = format!("{}_{connection}", host.db.app());
        runners.insert(connection.to_owned(), Runner::install(&host.db, &role, path).await);
    }
    let boundary = Some(Arc::new(Runners(runners)) as _);
    let runner = seen(&fixture::attacked(&host, &provisioned, Way::Boundary, boundary).await);
    // The list is what the login's boundary lets through, as another test holds it against the server.
    let login = if full() { seen(&fixture::run(Way::Boundary).await) } else { listed() };
    show(&login, &runner);
    // Whether a lock is seen in the moment in which it is held is chance, so one run shows less than the list.
    let through = listed();
    // What the one writes to the log only, the other's errors tell: in whose words these are is no matter of the boundary.
    let told = |(id, effect): &(String, Effect)| {
        *effect == Effect::ReadSecret && through.contains(&(id.clone(), Effect::LoggedSecret))
    };
    let worse: Vec<_> =
        runner.difference(&login).filter(|one| !through.contains(one) && !told(one)).collect();
    assert!(worse.is_empty(), "only through the runner: {worse:?}");
    if full() {
        // Whether a cancel meets the other session at work is a matter of moments. The list holds more than one run shows.
        let stopped: BTreeSet<&str> = login.difference(&runner).map(|(id, _)| id.as_str()).collect();
        assert!(!stopped.is_empty() && stopped.is_subset(&BTreeSet::from(OWN)), "{stopped:?}");
    }
    assert!(runner.iter().all(|(id, _)| !OWN.contains(&id.as_str())), "{runner:?}");
}

fn seen(outcome: &Outcome) -> Seen {
    assert!(outcome.attempts.iter().filter(|tried| !tried.control).count() >= 350);
    // What asks for hidden rows is given to the attacked roles alone, and a runner's owner is another.
    let all = outcome.attempts.iter().filter(|tried| tried.class != "row-oracle");
    all.flat_map(|tried| tried.effects.iter().map(|effect| (tried.id.clone(), *effect))).collect()
}

fn listed() -> Seen {
    let through = residuals().unwrap().into_iter().filter(|one| one.through.contains(&Way::Boundary));
    through.flat_map(|one| one.effects.into_iter().map(move |effect| (one.id.clone(), effect))).collect()
}

/// A line for each class in which something came through.
fn show(login: &Seen, runner: &Seen) {
    let mut lines: BTreeMap<String, [BTreeSet<&str>; 2]> = BTreeMap::new();
    for attempt in corpus::builtin().unwrap() {
        let line = lines.entry(attempt.class).or_default();
        for (column, seen) in line.iter_mut().zip([login, runner]) {
            column.extend(seen.iter().map(|(id, _)| id.as_str()).filter(|id| *id == attempt.id));
        }
    }
    println!("{:20} {:>12} {:>7}", "class", "gated login", "runner");
    for (class, [login, runner]) in lines.iter().filter(|(_, [a, b])| !a.is_empty() || !b.is_empty()) {
        println!("{class:20} {:12} {:7}", login.len(), runner.len());
    }
}
