//! Whether what something is computed by could tell what it saw, through all views that its columns are of.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Judge,
    total::{is_total, is_total_in_views},
};
use crate::check::{
    facts::Relation,
    tree::{Computed, is_said_to_be_leakproof},
};

/// Columns of one relation, by number; 0 is all of them.
pub(super) type Columns = BTreeSet<i32>;

impl Judge<'_> {
    /// Whether what these columns are computed by, through all views, could tell what it saw.
    pub(super) fn told_by_columns(&self, oid: u32, columns: &Columns) -> bool {
        self.behind_all(oid, columns, true).into_iter().any(|computed| self.told_by_calls(computed))
    }

    /// The same through views that are merged: a barrier computes by itself, after what it hides.
    pub(super) fn told_where_placed(&self, oid: u32, columns: &Columns) -> bool {
        self.behind_all(oid, columns, false).into_iter().any(|computed| self.told_by_calls(computed))
    }

    /// What these columns are computed by, through all views, or those that are no barriers.
    pub(super) fn behind_all(&self, oid: u32, columns: &Columns, through: bool) -> Vec<&Computed> {
        let (mut all, mut seen, mut open) = (Vec::new(), BTreeSet::new(), vec![(oid, columns.clone())]);
        while let Some((oid, columns)) = open.pop() {
            // What a materialized view has was computed before any text.
            let found = self.facts.relations.get(&oid).filter(|found| found.kind != "m");
            let found = found.filter(|found| through || found.kind != "v" || !found.barrier);
            let Some(found) = found else { continue };
            if !seen.insert((oid, columns.clone())) {
                continue;
            }
            let used = |number: &i32| columns.contains(number) || columns.contains(&0);
            all.extend(
                found.computed.iter().filter(|(number, _)| used(number)).map(|(_, computed)| computed),
            );
            if found.kind == "v" {
                open.extend(behind(found, &columns));
            }
        }
        all
    }

    /// Whether what these columns are computed by, in this relation alone, could.
    pub(super) fn calls_what_tells(&self, found: &Relation, columns: &Columns) -> bool {
        computed(found, columns).any(|computed| self.told_by_calls(computed))
    }

    /// Whether what a text computes could.
    pub(super) fn tells(&self, computed: &Computed) -> bool {
        self.calls(computed, is_total)
    }

    /// Whether what a view computes could, or what its columns are made of, through all views: nobody but its owner says what it is given.
    pub(super) fn told(&self, computed: &Computed) -> bool {
        self.told_by_calls(computed)
            || computed.columns.iter().any(|(oid, columns)| self.told_by_columns(*oid, columns))
    }

    /// The same of what it calls itself.
    fn told_by_calls(&self, computed: &Computed) -> bool {
        self.calls(computed, is_total_in_views)
    }

    fn calls(&self, computed: &Computed, is_total: fn(u32) -> bool) -> bool {
        computed.telling
            || computed.functions.iter().any(|oid| !self.is_silent(*oid, is_total))
            || computed.operators.iter().any(|oid| !self.is_silent_operator(*oid, is_total))
    }

    /// Whether a function tells nobody what it was given.
    pub(super) fn is_silent(&self, oid: u32, is_total: fn(u32) -> bool) -> bool {
        let leakproof = self.facts.functions.get(&oid).is_some_and(|function| function.leakproof);
        is_total(oid) || leakproof && !is_said_to_be_leakproof(oid)
    }

    /// The same for an operator, and what the planner may put in its place.
    pub(super) fn is_silent_operator(&self, oid: u32, is_total: fn(u32) -> bool) -> bool {
        self.facts.operators.get(&oid).is_some_and(|found| {
            is_total(found.function) || found.leakproof && !is_said_to_be_leakproof(found.function)
        })
    }
}

fn computed<'a>(found: &'a Relation, columns: &'a Columns) -> impl Iterator<Item = &'a Computed> {
    let used = |number: &i32| columns.contains(number) || columns.contains(&0);
    found.computed.iter().filter(move |(number, _)| used(number)).map(|(_, computed)| computed)
}

/// The columns of other relations that these of a view are made of.
pub(super) fn behind(view: &Relation, columns: &Columns) -> BTreeMap<u32, Columns> {
    let mut all: BTreeMap<u32, Columns> = BTreeMap::new();
    if view.kind == "v" {
        for (oid, columns) in computed(view, columns).flat_map(|computed| &computed.columns) {
            all.entry(*oid).or_default().extend(columns);
        }
    }
    all
}
