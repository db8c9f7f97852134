//! The judgement: what a tree mentions, by the catalogs' facts, against what a role may. A function of plain values.

mod alone;
mod beside;
mod builtin;
mod early;
mod hides;
mod kept;
mod others;
mod places;
mod relations;
mod routines;
mod settled;
mod told;
mod total;
mod why;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    denial::Denial,
    facts::{FIRST_NORMAL, Facts},
    policy::Policy,
    tree::{Conditions, Mentions, NotOne, TreeError, Used},
};

pub(crate) use builtin::{Volatility, is_open};
#[doc(hidden)]
pub use builtin::{listed, opens, range_operators};
pub(crate) use settled::settled;
#[doc(hidden)]
pub use total::total;

#[cfg(test)]
mod tests;

/// Whether a report may do all that its tree mentions. What the role may not look up is not named to it.
pub(crate) fn judge(
    mentions: &Mentions,
    conditions: &Conditions,
    facts: &Facts,
    policy: &Policy,
) -> Result<(), Denial> {
    let names = |said: &str| facts.hidden.iter().any(|hidden| names(said, hidden));
    let alone_within = alone::alone_within(facts);
    let judge = Judge { facts, policy, conditions, read: &mentions.relations, alone_within };
    judge.all(mentions).map_err(|why| {
        if !names(&why.to_string()) && !names(&why.hint()) {
            return why;
        }
        tracing::info!(role = %policy.role, hint = why.hint(), "a report was refused in other words: {why}");
        Denial::Hidden
    })
}

/// Whether a text has this name in it, and not a longer one that ends so.
fn names(said: &str, name: &str) -> bool {
    let is_name = |before: char| before.is_alphanumeric() || before == '_' || before == '$';
    said.match_indices(name).any(|(at, _)| !said[..at].ends_with(is_name))
}

impl Judge<'_> {
    fn all(&self, mentions: &Mentions) -> Result<(), Denial> {
        // What is read comes first: it says more than the functions that happen to be called with it.
        for (oid, used) in &mentions.relations {
            self.relation(*oid, used)?;
            if mentions.origins {
                self.origins(*oid, used)?;
            }
        }
        self.soundly(mentions)?;
        self.keeps()?;
        self.routines(mentions)?;
        match self.merged() {
            Some(function) => Err(Denial::Merged { function: function.full_name(), view: None }),
            None => Ok(()),
        }
    }
}

/// Whether all the rows that a text reads are the role's to see by its own rights.
pub(crate) fn reads_its_own(mentions: &Mentions, facts: &Facts) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![mentions]);
    while let Some(mentions) = open.pop() {
        // What the planner makes of a function's body is what it knows of the rows behind it.
        if mentions.functions.iter().any(|oid| *oid >= FIRST_NORMAL) {
            return false;
        }
        for (oid, used) in mentions.relations.iter().filter(|(_, used)| !used.idle) {
            let Some(found) = facts.relations.get(oid) else { return false };
            let by_right = found.whole || used.columns.is_subset(&found.open);
            if !by_right || found.secured || found.kind == "v" && !found.invoker {
                return false;
            }
            // A view that runs with the rights of who reads it shows what they read.
            open.extend(found.body.as_ref().filter(|_| found.kind == "v" && seen.insert(*oid)));
        }
    }
    true
}

struct Judge<'a> {
    facts: &'a Facts,
    policy: &'a Policy,
    conditions: &'a Conditions,
    /// The relations that the text reads, and which columns.
    read: &'a BTreeMap<u32, Used>,
    /// The columns that relations compare with nothing of another.
    alone_within: alone::Alone,
}

impl Judge<'_> {
    /// A key of this role's.
    fn key(&self, name: &str) -> String {
        format!("roles.{}.{name}", self.policy.connection)
    }
}

/// Something that was there a moment ago, or never was.
fn vanished(what: &str, oid: u32) -> Denial {
    Denial::Unknown { what: format!("{what} {oid}") }
}

impl From<NotOne> for Denial {
    fn from(error: NotOne) -> Self {
        match error {
            NotOne::Locks => Self::Locks,
            NotOne::Several | NotOne::Writes => Self::NotOneQuery,
            NotOne::Tree(error) => error.into(),
        }
    }
}

impl From<TreeError> for Denial {
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::TooLarge => Self::TooLarge,
            TreeError::Copied => Self::Copied,
            error => Self::Unknown { what: error.to_string() },
        }
    }
}
