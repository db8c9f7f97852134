//! What came of it: every attempt with its effect, what was left out, and the table of classes by ways.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Effect, Way};

/// The outcome of an attack.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// Everything that was tried, in order.
    pub attempts: Vec<Tried>,
    /// What was not tried, and why.
    pub left_out: Vec<LeftOut>,
    /// Parts of the database that others changed meanwhile, so that a change there would not have been seen.
    pub unwatched: Vec<String>,
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

/// One line of the summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The class.
    pub class: String,
    /// The way.
    pub way: Way,
    /// How many attempts.
    pub attempts: usize,
    /// How many of them had no effect.
    pub none: usize,
    /// How many had which effect.
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

    /// A line for each class and way.
    #[must_use]
    pub fn summary(&self) -> Vec<Row> {
        let mut rows: BTreeMap<(String, Way), Row> = BTreeMap::new();
        for tried in &self.attempts {
            let row = rows.entry((tried.class.clone(), tried.way)).or_insert_with(|| Row {
                class: tried.class.clone(),
                way: tried.way,
                attempts: 0,
                none: 0,
                effects: BTreeMap::new(),
            });
            row.attempts += 1;
            if tried.effect == Effect::None {
                row.none += 1;
            } else {
                *row.effects.entry(tried.effect).or_default() += 1;
            }
        }
        rows.into_values().collect()
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

impl Row {
    /// The effects in words, the most frequent of the worst first.
    #[must_use]
    pub fn words(&self) -> String {
        let words: Vec<String> =
            self.effects.iter().rev().map(|(effect, count)| format!("{effect} {count}")).collect();
        words.join(", ")
    }
}
