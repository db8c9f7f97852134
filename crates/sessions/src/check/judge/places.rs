//! Whether a view that hides rows, or what it reads, evaluates for these what could tell of them: such a view is read by no report.

use std::collections::BTreeSet;

use super::{Judge, Volatility, alone::Alone, early::Early, told::Columns};
use crate::check::{
    facts::{FIRST_NORMAL, Relation},
    tree::Merged,
};

impl Judge<'_> {
    /// Whether something that could tell what it saw is evaluated for rows that a view hides: whatever is asked of it, or since a text chooses
    /// some of them, by comparing columns or by an order in which rows are read until there are enough. `used` are the columns that are read.
    pub(super) fn tells_of_hidden(&self, oid: u32, view: &Relation, early: &Early, used: &Columns) -> bool {
        let some = |columns: &Columns| !columns.is_empty();
        let sorted = !view.barrier && (some(&early.columns) || some(&early.ends));
        let chooses = early.limited || view.shown.ordered || sorted || some(&early.compared);
        early.placed
            || self.places(oid, view, early, used, None)
            || chooses && (early.chosen || self.compares_what_tells(view))
    }

    /// Whether a view evaluates such where columns are read: what is LATERAL in it, or below an outer join in it or around it, or what another
    /// does that it reads. For one of these its own is its own.
    pub(super) fn places(
        &self,
        oid: u32,
        view: &Relation,
        early: &Early,
        used: &Columns,
        one: Option<u32>,
    ) -> bool {
        if early.nulled && self.told_where_placed(oid, used) {
            return true;
        }
        let mut read = view.body.iter().flat_map(|body| &body.relations).filter(|(_, used)| !used.idle);
        self.places_by_itself(view)
            || self.compares_apart(&self.alone(view, early))
            || read.any(|(oid, used)| {
                let itself = one == Some(*oid) && used.times < 2;
                !itself && self.tells_by_itself(*oid, &used.columns)
            })
    }

    /// Whether a view does by its own words.
    fn places_by_itself(&self, view: &Relation) -> bool {
        let placed = &view.placed;
        let mut read = view.body.iter().flat_map(|body| &body.relations).filter(|(_, used)| !used.idle);
        self.told(&placed.computed)
            || self.told(&placed.apart)
            || placed.merged.iter().any(|merged| self.is_kept_by_volatility(merged))
            || read
                .any(|(oid, used)| placed.nulled.contains(oid) && self.told_where_placed(*oid, &used.columns))
    }

    /// Whether something in a query is VOLATILE, in a view or a policy too that it reads: it is not merged then.
    fn is_kept_by_volatility(&self, merged: &Merged) -> bool {
        let volatile = |oid: &u32| {
            self.facts.functions.get(oid).is_none_or(|found| found.volatility == Volatility::Volatile)
        };
        let (mut seen, mut open) = (BTreeSet::new(), merged.relations.iter().copied().collect::<Vec<_>>());
        while let Some(oid) = open.pop() {
            let Some(found) = self.facts.relations.get(&oid).filter(|_| seen.insert(oid)) else { continue };
            let body = found.body.iter().filter(|_| found.kind == "v");
            if self.calls_what_is_volatile(&found.policies.all().computed)
                || body.clone().flat_map(|body| &body.functions).any(volatile)
                || body.clone().flat_map(|body| &body.operators).any(|oid| *oid >= FIRST_NORMAL)
            {
                return true;
            }
            open.extend(&found.policies.relations);
            open.extend(body.flat_map(|body| body.relations.keys()));
        }
        self.calls_what_is_volatile(&merged.computed)
    }

    /// Whether a relation that a view reads could tell of rows which that hides, through all views: by what views ask or place, by the columns of
    /// such as are read by themselves, or by another server's rows. Policies of tables are no view's own.
    fn tells_by_itself(&self, oid: u32, columns: &Columns) -> bool {
        let (mut seen, mut open) = (BTreeSet::new(), vec![(oid, columns)]);
        while let Some((oid, columns)) = open.pop() {
            let Some(found) = self.facts.relations.get(&oid) else { continue };
            if self.is_foreign(found) {
                return true;
            }
            if found.kind != "v" || !seen.insert((oid, columns)) {
                continue;
            }
            let all = || found.shown.entire.as_ref().is_some_and(|entire| self.told(entire));
            if self.told(&found.asked)
                || self.places_by_itself(found)
                || all()
                || found.barrier && self.told_by_columns(oid, columns)
                || self.is_volatile(found)
            {
                return true;
            }
            let read = found.body.iter().flat_map(|body| &body.relations).filter(|(_, used)| !used.idle);
            open.extend(read.map(|(oid, used)| (*oid, &used.columns)));
        }
        false
    }

    /// Whether a view compares columns of another by what computes them, and that could.
    pub(super) fn compares_what_tells(&self, view: &Relation) -> bool {
        self.compares_apart(&view.conditions.columns)
    }

    fn compares(&self, compared: &Alone) -> bool {
        let is_view = |oid: &u32| self.facts.relations.get(oid).is_some_and(|found| found.kind == "v");
        compared.iter().any(|(oid, columns)| is_view(oid) && self.told_by_columns(*oid, columns))
    }

    /// The same of views that hide rows themselves or are read by themselves: what another computes is the view's own condition.
    fn compares_apart(&self, compared: &Alone) -> bool {
        let apart = compared.iter().filter(|(oid, _)| self.stays(**oid) || self.leaves_out(**oid));
        self.compares(&apart.map(|(oid, columns)| (*oid, columns.clone())).collect())
    }

    /// Whether a view, or one behind it, leaves rows out.
    fn leaves_out(&self, oid: u32) -> bool {
        let (mut seen, mut open) = (BTreeSet::new(), vec![oid]);
        while let Some(oid) = open.pop() {
            let found = self.facts.relations.get(&oid).filter(|found| found.kind == "v" && seen.insert(oid));
            let Some(body) = found.and_then(|found| found.body.as_ref()) else { continue };
            if body.filters || body.keeps {
                return true;
            }
            open.extend(body.relations.keys());
        }
        false
    }
}
