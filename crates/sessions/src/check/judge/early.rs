//! What of a text's conditions reaches a view, and whether it could tell what it saw before the view's own conditions hide it.

use std::collections::BTreeMap;

use super::{
    Judge,
    told::{Columns, behind},
};
use crate::check::{
    facts::{Function, Relation},
    tree::{Computed, Used},
};

/// What of a text's conditions reaches a relation.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Early {
    /// Whether something among them could tell what it saw, and may be evaluated first.
    pub(super) telling: bool,
    /// The view on the way that is why, by what it asks or makes itself.
    pub(super) by: Option<u32>,
    /// The columns that they, and what rows are sorted and grouped by, are made of.
    pub(super) columns: Columns,
    /// Those of the conditions alone. The server may take a comparison of such into a view although that is a barrier, if it finds that it
    /// calls nothing that could tell; and what it finds, once it has folded, split and combined conditions, is not to be foreseen.
    pub(super) compared: Columns,
    /// Those of which a lowest or a highest value is asked: rows may be read in their order, until there is one.
    pub(super) ends: Columns,
    /// Whether rows are read until there are enough: as they come, in whatever order a view itself has them.
    pub(super) limited: bool,
    /// Those that views above it compare with nothing of another relation.
    pub(super) alone: Columns,
    /// Whether what it computes is evaluated where its columns are read, since an outer join or grouping sets are above it.
    pub(super) nulled: bool,
    /// Whether something above it that could tell what it saw is evaluated so.
    pub(super) placed: bool,
    /// Whether a view above it compares a view's column by what could, so that it is evaluated for rows that are chosen.
    pub(super) chosen: bool,
}

impl Judge<'_> {
    /// What the text's conditions are for a relation that it reads.
    pub(super) fn early(&self, oid: u32) -> Early {
        let of = |computed: &Computed| computed.columns.get(&oid).cloned().unwrap_or_default();
        let sorts = |function: &u32| self.facts.functions.get(function).is_some_and(|found| found.sorts != 0);
        let ends = self.conditions.aggregated.iter().filter(|(function, _)| sorts(function));
        Early {
            by: None,
            telling: self.tells(&self.conditions.all)
                || !self.conditions.all.unsound.is_empty()
                || self.other_that_tells(oid).is_some(),
            columns: of(&self.conditions.all),
            compared: of(&self.conditions.compared),
            ends: ends.flat_map(|(_, given)| of(given)).collect(),
            limited: self.conditions.limited,
            alone: of(&self.conditions.compared),
            nulled: self.conditions.nulled.contains(&oid),
            placed: false,
            chosen: false,
        }
    }

    /// Whether a view's own conditions may come too late: for what the text calls, where the view is no barrier; and, barrier or not, for
    /// what the view itself computes its columns by, where a condition is put on those.
    pub(super) fn exposes(&self, oid: u32, view: &Relation, early: &Early) -> bool {
        if shows_all(view, &early.columns) {
            return false;
        }
        !view.barrier && (early.telling || self.told_by_columns(oid, &early.columns))
            || self.told_by_columns(oid, &early.compared)
    }

    /// What is left of it for the relations that a view reads. A comparison that is taken into a barrier is, within, one of what the view
    /// computes the column by.
    pub(super) fn within(
        &self,
        oid: u32,
        view: &Relation,
        early: &Early,
        used: &Columns,
    ) -> BTreeMap<u32, Early> {
        let passing = if view.barrier { &early.compared } else { &early.columns };
        let mut ends = if view.barrier { BTreeMap::new() } else { behind(view, &early.ends) };
        // The view's own conditions are, for what is behind it, those of whoever reads that: a report ends the reading where it likes, by LIMIT, by
        // its bounds of rows and bytes, or by what fails in its result, and rows come in an order.
        let by_itself = self.told(&view.asked) || self.told(&view.placed.apart);
        let by = early.by.filter(|_| !view.barrier).or(by_itself.then_some(oid));
        let telling = !view.barrier && early.telling || self.calls_what_tells(view, passing) || by_itself;
        let (mut columns, mut compared) = (behind(view, passing), behind(view, &early.compared));
        // What is compared with a column that is compared may be compared in its place.
        let places = [(&mut columns, passing), (&mut compared, &early.compared)];
        for (into, _) in places.into_iter().filter(|(_, of)| !of.is_empty()) {
            view.conditions.columns.iter().for_each(|(oid, own)| into.entry(*oid).or_default().extend(own));
        }
        let mut chosen_by = columns.clone();
        for (oid, columns) in compared.iter().chain(&ends) {
            chosen_by.entry(*oid).or_default().extend(columns);
        }
        let placed = early.placed && !view.barrier;
        let mut alone = self.alone(view, early);
        let chosen = early.chosen && !view.barrier || self.compares_what_tells(view);
        let relations = view.body.iter().flat_map(|body| body.relations.keys());
        let mut of = |inner: &u32| Early {
            by,
            telling: telling || self.others_in_view_tell(view, *inner, &chosen_by),
            columns: columns.remove(inner).unwrap_or_default(),
            compared: compared.remove(inner).unwrap_or_default(),
            ends: ends.remove(inner).unwrap_or_default(),
            limited: early.limited || view.shown.ordered,
            alone: alone.remove(inner).unwrap_or_default(),
            nulled: early.nulled && !view.barrier || view.placed.nulled.contains(inner),
            placed: placed || self.places(oid, view, early, used, Some(*inner)),
            chosen,
        };
        relations.map(|oid| (*oid, of(oid))).collect()
    }

    /// What is left of it for the relations that a table's policies read: whoever reads rows of the table has these asked of them.
    pub(super) fn within_policies(
        &self,
        table: &Relation,
        early: &Early,
        reader: Option<u32>,
    ) -> Vec<(u32, Used, Early)> {
        let (policies, asks) = (&table.policies, table.policies.of(reader));
        let compared = |oid: &u32| asks.computed.columns.get(oid).cloned().unwrap_or_default();
        let tells = |oid: &u32| self.view_tells(*oid, &compared(oid), reader, &|_| false);
        let telling = self.told(&asks.rest);
        let of = |oid: &u32| {
            let columns = compared(oid);
            let others = policies.relations.iter().filter(|other| *other != oid).any(tells);
            let early = Early {
                telling: telling || others,
                columns: columns.clone(),
                compared: columns.clone(),
                limited: early.limited,
                ..Early::default()
            };
            (*oid, Used { columns, ..Used::default() }, early)
        };
        policies.relations.iter().map(of).collect()
    }

    /// The first function among those whose rows these columns are made of that the planner would merge with the query around it: a
    /// condition then comes before those of the function's own body, which are nowhere to be read.
    pub(super) fn merged(&self) -> Option<&Function> {
        let rows = self.conditions.compared.rows.iter().chain(&self.conditions.beside.rows);
        self.first_merged(rows)
    }

    fn first_merged<'o>(&self, rows: impl IntoIterator<Item = &'o u32>) -> Option<&Function> {
        let functions = rows.into_iter().filter_map(|oid| self.facts.functions.get(oid));
        functions.into_iter().find(|function| function.inlined)
    }

    /// The same for a relation that shows such rows.
    pub(super) fn shows_merged(&self, oid: u32) -> Option<&Function> {
        let beside = self.conditions.beside.columns.get(&oid).cloned().unwrap_or_default();
        let columns = beside.union(&self.early(oid).compared).copied().collect();
        self.behind_all(oid, &columns, true)
            .into_iter()
            .find_map(|computed| self.first_merged(&computed.rows))
    }
}

impl Early {
    /// What of it concerns columns of a view that are not made before all rows are chosen.
    pub(super) fn unsettled(mut self, view: &Relation) -> Self {
        // Numbers of rows that are compared end the reading, too (a run condition).
        self.limited |= !self.compared.is_disjoint(&view.shown.settled);
        self.columns.retain(|number| !view.shown.settled.contains(number));
        self.compared.retain(|number| !view.shown.settled.contains(number));
        self.ends.retain(|number| !view.shown.settled.contains(number));
        self.alone.retain(|number| !view.shown.settled.contains(number));
        self
    }
}

/// Whether these columns are all made of the relation of which a view shows every row, but for what it compares itself.
fn shows_all(view: &Relation, columns: &Columns) -> bool {
    let Some(whole) = view.shown.whole else { return false };
    let compared = view.conditions.columns.get(&whole);
    let of_whole = |computed: &Computed| {
        computed.rows.is_empty()
            && computed.columns.iter().all(|(oid, columns)| {
                *oid == whole && compared.is_none_or(|compared| compared.is_disjoint(columns))
            })
    };
    !columns.contains(&0) && columns.iter().all(|number| view.computed.get(number).is_some_and(of_whole))
}
