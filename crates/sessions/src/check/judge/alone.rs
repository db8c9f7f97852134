//! Which columns are compared with nothing of another relation: by a view, by those above it and below it, and by policies. The planner takes such a
//! comparison into a view though that is a barrier, and puts what is equal in the place of each other (its equivalence classes), through all views.

use std::collections::BTreeMap;

use super::{
    Judge,
    early::Early,
    told::{Columns, behind},
};
use crate::check::facts::{Facts, Relation};

/// Columns by their relations.
pub(super) type Alone = BTreeMap<u32, Columns>;

/// Of each relation, what it compares so itself.
pub(super) fn alone_within(facts: &Facts) -> Alone {
    let tables = facts.relations.iter().filter(|(_, found)| found.secured);
    let mut all: Alone = tables.map(|(oid, found)| (*oid, found.policies.columns.clone())).collect();
    loop {
        let before = all.clone();
        for (oid, view) in facts.relations.iter().filter(|(_, found)| found.kind == "v") {
            let compared = compared(view, Alone::new(), &all);
            let shown = |number: &&i32| {
                behind(view, &[**number].into())
                    .iter()
                    .any(|(oid, columns)| compared.get(oid).is_some_and(|known| meet(known, columns)))
            };
            let columns = view.columns.keys().filter(shown).copied().collect::<Columns>();
            all.entry(*oid).or_default().extend(columns);
        }
        if all == before {
            return all;
        }
    }
}

impl Judge<'_> {
    /// Of the relations that a view reads.
    pub(super) fn alone(&self, view: &Relation, early: &Early) -> Alone {
        compared(view, behind(view, &early.alone), &self.alone_within)
    }
}

/// What a view compares so of what it reads, where these are known to be from above and from below.
fn compared(view: &Relation, mut all: Alone, within: &Alone) -> Alone {
    let read = view.body.iter().flat_map(|body| &body.relations).filter(|(_, used)| !used.idle);
    for (oid, _) in read {
        all.entry(*oid).or_default().extend(within.get(oid).into_iter().flatten());
    }
    loop {
        let before = all.clone();
        for together in &view.together {
            let known =
                |(oid, columns): (&u32, &Columns)| all.get(oid).is_some_and(|known| meet(known, columns));
            if together.len() == 1 || together.iter().any(known) {
                together.iter().for_each(|(oid, columns)| all.entry(*oid).or_default().extend(columns));
            }
        }
        if all == before {
            return all;
        }
    }
}

/// Whether some columns are among others. A whole row is each of its columns.
fn meet(one: &Columns, other: &Columns) -> bool {
    let whole = one.contains(&0) && !other.is_empty() || other.contains(&0) && !one.is_empty();
    whole || !one.is_disjoint(other)
}
