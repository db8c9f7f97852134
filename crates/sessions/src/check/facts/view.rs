//! What the trees of views and of generated columns tell.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::tree::{
    Applied, Asked, Body, Carries, Computed, Kept, Loose, Mentions, NotOne, Placed, Shown, Tree, asked, body,
    carried, carries_own, compared, kept, kept_by_conditions, loosely, mentions, of_policy, over_row, placed,
    results, shown,
};

/// What the tree of a view's body tells.
#[derive(Default)]
pub(super) struct View {
    pub(super) mentions: Mentions,
    /// What its columns are computed by.
    pub(super) columns: BTreeMap<i32, Computed>,
    /// Whether a column is in them.
    pub(super) carried: BTreeMap<i32, Carries>,
    /// What its conditions compare.
    pub(super) compared: Computed,
    /// All that these ask.
    pub(super) asked: Computed,
    /// What it evaluates early.
    pub(super) placed: Placed,
    pub(super) shown: Shown,
    /// What its columns have of those by which rows are taken for equal.
    pub(super) kept: BTreeMap<i32, Kept>,
    /// The same of its conditions.
    pub(super) chosen: Kept,
    /// What of its conditions is computed without a row.
    pub(super) loose: Vec<Loose>,
}

/// What the tree of a generated column tells, and how many nodes it has.
pub(super) struct Generated {
    pub(super) computed: Computed,
    pub(super) carries: Carries,
    pub(super) nodes: u64,
}

impl View {
    pub(super) fn read(text: &str) -> Result<Self, NotOne> {
        let tree = Tree::read(text)?;
        let query = body(&tree, Body::View)?;
        Ok(Self {
            mentions: mentions(&tree)?,
            columns: results(&tree, query)?,
            carried: carried(&tree, query)?,
            compared: compared(&tree)?,
            asked: asked(&tree)?,
            placed: placed(&tree)?,
            shown: shown(&tree, query)?,
            kept: kept(&tree, query)?,
            chosen: kept_by_conditions(&tree)?,
            loose: loosely(&tree)?,
        })
    }
}

impl Generated {
    pub(super) fn read(text: &str) -> Result<Self, NotOne> {
        let tree = Tree::read(text)?;
        Ok(Self { computed: over_row(&tree)?, carries: carries_own(&tree)?, nodes: tree.nodes() })
    }
}

/// What the trees of a table's policies tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Policies {
    /// Which of what they compute without a row the role is asked, whatever row it reads: where a single policy is for it.
    pub(crate) prints: BTreeSet<u64>,
    /// What they are computed by besides that.
    pub(crate) rest: Computed,
    /// All that they are computed by.
    pub(crate) computed: Computed,
    /// The columns of the table that they compare.
    pub(crate) columns: BTreeSet<i32>,
    /// The relations that they read.
    pub(crate) relations: BTreeSet<u32>,
    /// What they compare columns with that is made of settings alone, as SQL: asked before a report that reads the table, it fails for no row.
    pub(crate) settled: BTreeSet<String>,
}

impl Policies {
    /// Reads them, with whether each is one for the role; and what they compute without a row.
    pub(super) fn read(texts: &[String], applied: &[bool]) -> Result<(Self, Vec<Loose>), NotOne> {
        let (mut all, mut late) = (Self::default(), Vec::new());
        let single = applied.iter().filter(|applied| **applied).count() == 1;
        for (text, applied) in texts.iter().zip(applied) {
            let tree = Tree::read(text)?;
            let applied = match (*applied, single) {
                (false, _) => Applied::No,
                (true, false) => Applied::Beside,
                (true, true) => Applied::Alone,
            };
            let Asked { loose, always, rest, computed, settled } = of_policy(&tree, applied)?;
            all.columns.extend(computed.columns.get(&0).into_iter().flatten());
            all.prints.extend(always.into_iter().filter(|_| applied == Applied::Alone));
            all.relations.extend(mentions(&tree)?.relations.into_keys());
            all.rest.add(if single { rest } else { computed.clone() });
            all.computed.add(computed);
            all.settled.extend(settled);
            late.extend(loose);
        }
        Ok((all, late))
    }
}
