//! The judgement: what a tree mentions, by the catalogs' facts, against what a role may. A function of plain values.

mod builtin;
mod relations;
mod routines;

use super::{
    denial::Denial,
    facts::Facts,
    policy::Policy,
    tree::{Mentions, NotOne, TreeError},
};

pub(crate) use builtin::Volatility;
#[doc(hidden)]
pub use builtin::listed;

#[cfg(test)]
mod tests;

/// Whether a report may do all that its tree mentions.
pub(crate) fn judge(mentions: &Mentions, facts: &Facts, policy: &Policy) -> Result<(), Denial> {
    let judge = Judge { facts, policy };
    // What is read comes first: it says more than the functions that happen to be called with it.
    for (oid, used) in &mentions.relations {
        judge.relation(*oid, used)?;
    }
    judge.routines(mentions)
}

struct Judge<'a> {
    facts: &'a Facts,
    policy: &'a Policy,
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
