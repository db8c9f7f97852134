//! What is read beside a relation that hides rows, and could tell by itself: it may only be asked where a row of that is found.

use std::collections::{BTreeMap, BTreeSet};

use super::{Judge, Volatility, told::Columns};
use crate::check::{facts::Relation, tree::Computed};

/// `BOOTSTRAP_SUPERUSERID`, for whom no policy is.
const SUPERUSER: u32 = 10;
/// Nothing is asked alike.
const NOTHING: fn(u32) -> bool = |_| false;

/// Whether policies may hide rows of a table from the role, or from the owner of a view.
pub(super) fn is_secured_for(table: &Relation, reader: Option<u32>) -> bool {
    let spared = |owner| owner == SUPERUSER || !table.forced && owner == table.owner;
    table.secured && !reader.map_or(table.policies.open, spared)
}

impl Judge<'_> {
    /// The relation that computes, or hides rows by, what could tell: it may only be asked for where a row of this one is found. What is
    /// computed for the result alone is computed below a join where a view is a barrier, or where an outer join is above it.
    pub(super) fn other_that_tells(&self, oid: u32) -> Option<&Relation> {
        // What is read twice is one of its own others.
        let mut others = self.read.iter().filter(|(other, used)| **other != oid || used.times > 1);
        let found = others.find(|(other, used)| {
            let placed = self.conditions.nulled.contains(other) || self.is_barrier(**other);
            let compared = self.conditions.all.columns.get(*other).into_iter().flatten();
            let columns = compared.chain(placed.then_some(&used.columns).into_iter().flatten());
            self.view_tells(**other, &columns.copied().collect(), None, &NOTHING)
        });
        found.and_then(|(other, _)| self.facts.relations.get(other))
    }

    /// Whether a relation could tell of itself, through all views: by how it computes these of its columns, by its conditions, by what it sorts
    /// and groups by, and by policies, but for such as are asked alike. `reader` is the owner of the view that reads it; nobody is the role.
    pub(super) fn view_tells(
        &self,
        oid: u32,
        columns: &Columns,
        reader: Option<u32>,
        is_asked_alike: &dyn Fn(u32) -> bool,
    ) -> bool {
        let (mut seen, mut open) = (BTreeSet::new(), vec![(oid, reader)]);
        while let Some((oid, reader)) = open.pop() {
            let found = self.facts.relations.get(&oid).filter(|_| seen.insert((oid, reader)));
            let Some(found) = found else { continue };
            let all = || {
                found.shown.entire.as_ref().is_some_and(|entire| self.told(entire))
                    || self.is_volatile(found) && self.told_by_columns(oid, &[0].into())
            };
            let alike = || reader.is_none() && is_asked_alike(oid) && self.fails_for_all(oid, found);
            let policies = is_secured_for(found, reader) && !alike();
            if policies && self.policies_tell(oid, &found.policies.of(reader).computed)
                || self.is_foreign(found)
                || self.told(&found.asked)
                || self.told(&found.placed.computed)
                || all()
            {
                return true;
            }
            if policies {
                open.extend(found.policies.relations.iter().map(|oid| (*oid, reader)));
            }
            let body = found.body.iter().filter(|_| found.kind == "v").flat_map(|body| &body.relations);
            for (inner, used) in body {
                let placed = found.placed.nulled.contains(inner) || self.is_barrier(*inner);
                if placed && self.told_by_columns(*inner, &used.columns) {
                    return true;
                }
                open.push((*inner, (!found.invoker).then_some(found.owner)));
            }
        }
        self.told_by_columns(oid, columns)
    }

    /// Whether what a table's policies compute could, or its own columns that are computed when they are read.
    fn policies_tell(&self, oid: u32, computed: &Computed) -> bool {
        let own = computed.columns.get(&0).cloned().unwrap_or_default();
        self.told(computed) || self.told_by_columns(oid, &own)
    }

    /// Whether a table's policies fail for all of it or for none.
    fn fails_for_all(&self, oid: u32, table: &Relation) -> bool {
        let mut read = table.policies.relations.iter();
        !self.policies_tell(oid, &table.policies.of(None).rest)
            && !read.any(|oid| self.view_tells(*oid, &Columns::new(), None, &NOTHING))
    }

    /// What the policies of a table ask, whatever row is read.
    pub(super) fn asked_by(&self, oid: u32) -> BTreeSet<u64> {
        let found = self.facts.relations.get(&oid).filter(|found| found.secured);
        found.map(|found| found.policies.prints.clone()).unwrap_or_default()
    }

    /// Whether all that the policies of a table ask is asked by each of these, too.
    pub(super) fn is_asked_alike(&self, oid: u32, others: &[BTreeSet<u64>]) -> bool {
        let found = self.facts.relations.get(&oid).filter(|found| found.kind != "v");
        found.is_some_and(|found| others.iter().all(|asked| found.policies.prints.is_subset(asked)))
            && !others.is_empty()
    }

    /// Whether a view has a column that is VOLATILE: it stays by itself, and that is computed for nobody, too.
    pub(super) fn is_volatile(&self, view: &Relation) -> bool {
        view.kind == "v" && view.computed.values().any(|computed| self.calls_what_is_volatile(computed))
    }

    /// Whether something calls what is VOLATILE.
    pub(super) fn calls_what_is_volatile(&self, computed: &Computed) -> bool {
        let volatile = |oid: &u32| {
            self.facts.functions.get(oid).is_some_and(|found| found.volatility == Volatility::Volatile)
        };
        let operators = computed.operators.iter().filter_map(|oid| self.facts.operators.get(oid));
        computed.functions.iter().any(volatile) || operators.map(|found| &found.function).any(volatile)
    }

    fn is_barrier(&self, oid: u32) -> bool {
        self.facts.relations.get(&oid).is_some_and(|found| found.barrier)
    }

    /// Whether a relation, or one behind it, is read by itself, whatever is around it.
    pub(super) fn stays(&self, oid: u32) -> bool {
        let (mut seen, mut open) = (BTreeSet::new(), vec![oid]);
        while let Some(oid) = open.pop() {
            let Some(found) = self.facts.relations.get(&oid).filter(|_| seen.insert(oid)) else { continue };
            if found.barrier
                || found.shown.entire.is_some()
                || self.is_volatile(found)
                || self.is_foreign(found)
            {
                return true;
            }
            let body = found.body.iter().filter(|_| found.kind == "v");
            open.extend(body.flat_map(|body| body.relations.keys()));
        }
        false
    }

    /// Whether rows come from another server, or from a file: reading them may fail.
    pub(super) fn is_foreign(&self, found: &Relation) -> bool {
        let children = found.children.iter().filter_map(|child| self.facts.relations.get(child));
        found.kind == "f" || children.into_iter().any(|child| child.kind == "f")
    }

    /// Whether what a view reads beside a relation could tell: it is asked where a row of that is found. What it
    /// computes its columns by is, where conditions, the view's own or those around it, are made of these, it stays by itself or an outer join
    /// is above it.
    pub(super) fn others_in_view_tell(
        &self,
        view: &Relation,
        oid: u32,
        chosen: &BTreeMap<u32, Columns>,
    ) -> bool {
        let relations = view.body.iter().flat_map(|body| &body.relations);
        let compared = |oid: &u32| {
            let own = view.conditions.columns.get(oid).into_iter().flatten();
            own.chain(chosen.get(oid).into_iter().flatten()).copied().collect()
        };
        relations.filter(|(other, used)| (**other != oid || used.times > 1) && !used.idle).any(
            |(other, used)| {
                let placed = self.stays(*other) || view.placed.nulled.contains(other);
                let columns = if placed { used.columns.clone() } else { compared(other) };
                self.view_tells(*other, &columns, (!view.invoker).then_some(view.owner), &NOTHING)
            },
        )
    }
}
