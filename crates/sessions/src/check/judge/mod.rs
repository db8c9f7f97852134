//! The judgement: what a tree mentions, by the catalogs' facts, against what a role may. A function of plain values.

mod builtin;
mod relations;
mod routines;

use super::{
    denial::Denial,
    facts::Facts,
    policy::Policy,
    tree::{Conditions, Mentions, NotOne, TreeError},
};

pub(crate) use builtin::Volatility;
#[doc(hidden)]
pub use builtin::{listed, opens};

#[cfg(test)]
mod tests;

/// Whether a report may do all that its tree mentions.
pub(crate) fn judge(
    mentions: &Mentions,
    conditions: &Conditions,
    facts: &Facts,
    policy: &Policy,
) -> Result<(), Denial> {
    let judge = Judge { facts, policy, telling: telling(conditions, facts) };
    // What is read comes first: it says more than the functions that happen to be called with it.
    for (oid, used) in &mentions.relations {
        judge.relation(*oid, used)?;
        if mentions.origins {
            judge.origins(*oid, used)?;
        }
    }
    judge.routines(mentions)
}

struct Judge<'a> {
    facts: &'a Facts,
    policy: &'a Policy,
    /// Whether the text's conditions could tell what they saw before a view's own conditions hide it.
    telling: bool,
}

fn telling(conditions: &Conditions, facts: &Facts) -> bool {
    let silent = |oid: &u32| facts.functions.get(oid).is_some_and(|function| function.leakproof);
    let behind = |oid: &u32| facts.operators.get(oid).is_some_and(|operator| operator.leakproof);
    conditions.telling || !conditions.functions.iter().all(silent) || !conditions.operators.iter().all(behind)
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
            error => Self::Unknown { what: error.to_string() },
        }
    }
}
