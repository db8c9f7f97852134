//! What the trees of views and of generated columns tell.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::tree::{
    Body, Carries, Computed, Kept, Loose, Mentions, NotOne, Placed, Shown, Tree, asked, body, carried,
    carries_own, compared, kept, kept_by_conditions, loosely, mentions, over_row, placed, results, shown,
    together,
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
    /// The columns of relations that they compare together.
    pub(super) together: Vec<BTreeMap<u32, BTreeSet<i32>>>,
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
            together: together(&tree)?,
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
