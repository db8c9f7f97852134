//! What the trees of views and of generated columns tell.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::tree::{
    Body, Carries, Computed, Loose, Mentions, NotOne, Placed, Shown, Tree, body, carried, carries_own,
    compared, loosely, mentions, of_policy, over_row, placed, results, shown,
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
    /// What it evaluates early.
    pub(super) placed: Placed,
    pub(super) shown: Shown,
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
            placed: placed(&tree)?,
            shown: shown(&tree, query)?,
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
#[derive(Default)]
pub(super) struct Policies {
    /// What of them is computed without a row.
    pub(super) loose: Vec<Loose>,
    /// Which of that the role is asked.
    pub(super) prints: BTreeSet<u64>,
    /// The columns that they compare.
    pub(super) columns: BTreeSet<i32>,
}

impl Policies {
    /// Reads them, with whether each is one for the role.
    pub(super) fn read(texts: &[String], applied: &[bool]) -> Result<Self, NotOne> {
        let mut all = Self::default();
        for (text, applied) in texts.iter().zip(applied) {
            let (loose, computed) = of_policy(&Tree::read(text)?)?;
            all.columns.extend(computed.columns.get(&0).into_iter().flatten());
            all.prints.extend(loose.iter().filter(|_| *applied).filter_map(Loose::print));
            all.loose.extend(loose);
        }
        Ok(all)
    }
}
