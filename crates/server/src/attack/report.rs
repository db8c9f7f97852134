//! What came of it: every attempt with its effect, what was left out, and the table of classes by ways.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Effect, Way};

/// The outcome of an attack.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// Everything that was tried, in order.
    pub attempts: Vec<Tried>,
    /// What was not tried, and why.
    pub left_out: Vec<LeftOut>,
    /// How many were not come to, because the attack was asked to stop.
    pub untried: usize,
    /// Parts of the database that others changed meanwhile, so that a change there would not have been seen.
    pub unwatched: Vec<String>,
    /// What could not be seen here at all, in words.
    pub blind: BTreeSet<String>,
}

/// One attempt in one way.
#[derive(Clone, Debug, Serialize)]
pub struct Tried {
    /// The attempt.
    pub id: String,
    /// Its class.
    pub class: String,
    /// The connection whose role tried it.
    pub role: String,
    /// The way.
    pub way: Way,
    /// Its worst effect.
    pub effect: Effect,
    /// What stopped it; `nothing` where nothing did.
    pub stopped_by: String,
    /// All its effects, the worst first.
    pub effects: Vec<Effect>,
    /// What was seen of them.
    pub details: Vec<String>,
    /// It is a legitimate text, that has to be answered.
    pub control: bool,
    /// Why its effect is known and is no escape.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residual: Option<String>,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

/// One attempt that was not tried.
#[derive(Clone, Debug, Serialize)]
pub struct LeftOut {
    /// The attempt.
    pub id: String,
    /// Its class.
    pub class: String,
    /// The connection as whose role it would have been tried.
    pub role: String,
    /// Why not.
    pub reason: String,
}

/// What came of one class, by the ways it was tried in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Class {
    /// The class.
    pub class: String,
    /// The ways it was tried in.
    pub ways: BTreeMap<Way, Cell>,
}

/// What came of a class in one way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// How many attempts; one that several roles try counts for each.
    pub attempts: usize,
    /// How many of them had an effect.
    pub with_effect: usize,
    /// How many had which effect as their worst.
    pub effects: BTreeMap<Effect, usize>,
}

impl Tried {
    /// Whether it got out of the sandbox, or a legitimate text was not answered there.
    #[must_use]
    pub fn escaped(&self) -> bool {
        self.way == Way::Sandbox && self.effect != Effect::None && self.residual.is_none()
    }
}

impl Outcome {
    /// What got out of the sandbox.
    pub fn escaped(&self) -> impl Iterator<Item = &Tried> {
        self.attempts.iter().filter(|tried| tried.escaped())
    }

    /// The table of classes by ways.
    #[must_use]
    pub fn classes(&self) -> Vec<Class> {
        let mut classes: BTreeMap<&str, BTreeMap<Way, Cell>> = BTreeMap::new();
        for tried in &self.attempts {
            let cell = classes.entry(&tried.class).or_default().entry(tried.way).or_default();
            cell.attempts += 1;
            if tried.effect != Effect::None {
                cell.with_effect += 1;
                *cell.effects.entry(tried.effect).or_default() += 1;
            }
        }
        classes.into_iter().map(|(class, ways)| Class { class: class.to_owned(), ways }).collect()
    }

    /// How many were left out, by the reason.
    #[must_use]
    pub fn reasons(&self) -> BTreeMap<&str, usize> {
        let mut reasons = BTreeMap::new();
        for left in &self.left_out {
            *reasons.entry(left.reason.as_str()).or_default() += 1;
        }
        reasons
    }
}
