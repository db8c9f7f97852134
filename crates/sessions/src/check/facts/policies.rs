//! What the trees of a table's policies tell.

use std::collections::BTreeSet;

use crate::check::tree::{Asked, Computed, Loose, NotOne, Tree, is_true, mentions, of_policy};

/// What a table's policies ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Policies {
    /// Which of what they compute without a row the role is asked, whatever row it reads: where a single policy is for it.
    pub(crate) prints: BTreeSet<u64>,
    /// What they ask where the role itself reads the table, but for what is settled.
    of_role: Asks,
    /// What they ask where somebody else does, such as the owner of a view.
    of_others: Asks,
    /// Whether they let every row pass for the role.
    pub(crate) open: bool,
    /// The columns of the table that they compare.
    pub(crate) columns: BTreeSet<i32>,
    /// The relations that they read, and those that the ones for the role do.
    pub(crate) relations: BTreeSet<u32>,
    pub(crate) of_applied: BTreeSet<u32>,
    /// What those for the role compare columns with that is made of settings alone, as SQL: asked before a report that reads the table, it fails
    /// for no row.
    pub(crate) settled: BTreeSet<String>,
}

/// What policies ask of somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asks {
    /// All that they are computed by.
    pub(crate) computed: Computed,
    /// That, but for what is computed without a row, whatever row is read.
    pub(crate) rest: Computed,
    /// What they compute without a row, once a row needs it.
    pub(crate) loose: Vec<Loose>,
}

/// A policy as the catalog has it.
pub(super) struct Policy<'a> {
    pub(super) text: &'a str,
    /// Whether it is for the role.
    pub(super) applied: bool,
    pub(super) permissive: bool,
}

impl Policies {
    pub(super) fn read(policies: &[Policy<'_>]) -> Result<Self, NotOne> {
        let mut all = Self::default();
        let trees = policies.iter().map(|policy| Tree::read(policy.text)).collect::<Result<Vec<_>, _>>()?;
        // Where one that is permissive lets every row pass, the planner leaves the others out that are.
        let passes =
            |(policy, tree): (&Policy<'_>, &Tree<'_>)| policy.applied && policy.permissive && is_true(tree);
        let open = policies.iter().zip(&trees).any(passes);
        let spared = |policy: &Policy<'_>| open && policy.applied && policy.permissive;
        let asked = || policies.iter().filter(|policy| policy.applied && !spared(policy));
        let single = asked().count() == 1;
        // Where there are several that are permissive, each may spare the others; where there is none, nothing is asked.
        let settles = open || asked().filter(|policy| policy.permissive).count() == 1;
        all.open = open && asked().count() == 0;
        for (policy, tree) in policies.iter().zip(&trees) {
            let applied = policy.applied && !spared(policy);
            let read = mentions(tree)?.relations;
            let (full, own) = (of_policy(tree, false)?, of_policy(tree, applied && settles)?);
            all.columns.extend(full.computed.columns.get(&0).into_iter().flatten());
            all.prints.extend(full.always.iter().filter(|_| applied && single));
            all.of_applied.extend(read.keys().filter(|_| applied));
            all.relations.extend(read.into_keys());
            all.settled.extend(own.settled.iter().cloned());
            if !spared(policy) {
                all.of_role.add(own, single);
            }
            all.of_others.add(full, single);
        }
        Ok(all)
    }

    /// What they ask where this reads the table: the owner of a view, or the role.
    pub(crate) fn of(&self, reader: Option<u32>) -> &Asks {
        if reader.is_none() { &self.of_role } else { &self.of_others }
    }

    /// All that they ask of anybody.
    pub(crate) fn all(&self) -> &Asks {
        &self.of_others
    }
}

impl Asks {
    fn add(&mut self, asked: Asked, single: bool) {
        self.rest.add(if single { asked.rest } else { asked.computed.clone() });
        self.computed.add(asked.computed);
        self.loose.extend(asked.loose);
    }
}
