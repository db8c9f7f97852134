//! Whether rows are hidden from a role by what it reads, and whether a text's conditions are such as the server keeps from these.

use std::collections::BTreeSet;

use super::{Judge, Volatility, others::is_secured_for};
use crate::check::{
    denial::Denial,
    facts::Relation,
    tree::{Carries, Computed, Loose, Mentions, Quiet},
};

impl Judge<'_> {
    /// Where rows are hidden, be it by a barrier or by row level security, a text's conditions may have nothing in them that the server takes
    /// for what tells nothing of a row, though it does.
    pub(super) fn soundly(&self, mentions: &Mentions) -> Result<(), Denial> {
        self.beside(mentions)?;
        let unsound = self.conditions.compared.unsound.first().copied();
        let constant = self.tells(&self.conditions.relied) && self.has_constant_columns();
        if unsound.is_none() && !constant && self.conditions.loose.is_empty() {
            return Ok(());
        }
        let hiding = self.what_hides(mentions)?;
        match unsound {
            _ if hiding.is_empty() => Ok(()),
            Some(unsound) => Err(Denial::Unsound(unsound)),
            None if constant => Err(Denial::Loose),
            None if self
                .conditions
                .loose
                .iter()
                .any(|loose| self.fails_late(loose, &hiding, Self::tells)) =>
            {
                Err(Denial::Loose)
            }
            None => Ok(()),
        }
    }

    /// Whether a condition has a virtual column of a table in it that may be computed by no other, and so be none when a query is planned.
    fn has_constant_columns(&self) -> bool {
        self.conditions.compared.columns.iter().any(|(oid, numbers)| {
            let found =
                self.facts.relations.get(oid).filter(|found| ["r", "p"].contains(&found.kind.as_str()));
            numbers.iter().any(|number| found.is_some_and(|found| vanishes(found, *number)))
        })
    }

    /// Whether something that is only computed when a row asks for it may fail, by what a call is.
    pub(super) fn fails_late(
        &self,
        loose: &Loose,
        hiding: &BTreeSet<u32>,
        tells: fn(&Self, &Computed) -> bool,
    ) -> bool {
        let immutable = |oid: &u32| {
            let found = self.facts.functions.get(oid);
            found.is_some_and(|function| function.volatility == Volatility::Immutable)
        };
        match loose {
            Loose::Around(oid, number) => self.told_where_placed(*oid, &[*number].into()),
            Loose::Beside(oid, number) => {
                !self.is_of_a_row(*oid, *number, true) && self.told_by_columns(*oid, &[*number].into())
            }
            Loose::Query(quiet, _) => {
                let asked: Vec<BTreeSet<u64>> = hiding.iter().map(|oid| self.asked_by(*oid)).collect();
                self.query_fails(quiet, None, &|oid| self.is_asked_alike(oid, &asked), tells)
            }
            Loose::Call { computed, folded, by, made, .. } => {
                let of_a_row = by.is_none_or(|(oid, number)| self.is_of_a_row(oid, number, false));
                if of_a_row && (*made && !self.is_inlined(computed) || !made && by.is_some()) {
                    return false;
                }
                let beforehand = folded.as_ref().is_some_and(|functions| functions.iter().all(immutable));
                !beforehand && tells(self, computed)
            }
        }
    }

    /// Whether a query does. Policies that everything asks which hides rows fail for all of it or for none.
    pub(super) fn query_fails(
        &self,
        quiet: &Quiet,
        reader: Option<u32>,
        is_asked_alike: &dyn Fn(u32) -> bool,
        tells: fn(&Self, &Computed) -> bool,
    ) -> bool {
        let none = BTreeSet::new();
        let views = quiet.relations.iter().any(|oid| {
            let columns = quiet.computed.columns.get(oid).unwrap_or(&none);
            self.view_tells(*oid, columns, reader, is_asked_alike)
        });
        views || tells(self, &quiet.computed)
    }

    /// Whether the column of a view has that of a table in it, through all views, when a query is planned. For what keeps a condition out of a
    /// barrier, that of a barrier is one in any case; what cannot fail is taken into it.
    fn is_of_a_row(&self, oid: u32, number: i32, through: bool) -> bool {
        let (mut column, mut seen) = ((oid, number), BTreeSet::new());
        while seen.insert(column) {
            let Some(found) = self.facts.relations.get(&column.0) else { return false };
            if found.barrier && !through {
                return true;
            }
            match found.carried.get(&column.1) {
                Some(Carries::Column) => return !self.may_vanish(found, column.1),
                Some(Carries::OfView(oid, number)) => column = (*oid, *number),
                Some(Carries::No) => return false,
                // What is stored is one.
                None => return found.kind != "v",
            }
        }
        false
    }

    /// Whether a virtual column that may be none is among those that the column of a view is made of.
    fn may_vanish(&self, view: &Relation, number: i32) -> bool {
        let (mut seen, mut open) = (BTreeSet::new(), vec![(view, number)]);
        while let Some((found, number)) = open.pop() {
            let columns = found.computed.get(&number).into_iter().flat_map(|computed| &computed.columns);
            for (oid, numbers) in columns {
                let Some(inner) = self.facts.relations.get(oid) else { continue };
                for number in numbers.iter().filter(|number| seen.insert((*oid, **number))) {
                    if inner.kind != "v" && vanishes(inner, *number) {
                        return true;
                    }
                    open.extend((inner.kind == "v").then_some((inner, *number)));
                }
            }
        }
        false
    }

    /// Whether the planner may put the body of something that is called in its place.
    fn is_inlined(&self, computed: &Computed) -> bool {
        let operators = computed.operators.iter().filter_map(|oid| self.facts.operators.get(oid));
        let mut functions = operators.map(|found| found.function).chain(computed.functions.iter().copied());
        functions.any(|oid| self.facts.functions.get(&oid).is_none_or(|found| found.sql && !found.definer))
    }

    /// What hides rows of anything that is read: tables by row level security, views, and functions that are put in their place. For a table
    /// that a view reads with its owner's rights, whose policies are others, stands that view.
    pub(super) fn what_hides(&self, mentions: &Mentions) -> Result<BTreeSet<u32>, Denial> {
        let (mut all, mut seen, mut open) = (BTreeSet::new(), BTreeSet::new(), vec![(mentions, None, None)]);
        while let Some((mentions, behind, reader)) = open.pop() {
            let inlined = |oid: &&u32| self.facts.functions.get(oid).is_some_and(|found| found.inlined);
            all.extend(mentions.functions.iter().filter(inlined));
            for (oid, _) in mentions.relations.iter().filter(|(_, used)| !used.idle) {
                let found = self.found(*oid)?;
                let Some(body) = found.body.as_ref().filter(|_| found.kind == "v") else {
                    let secured = is_secured_for(found, reader);
                    all.extend(secured.then_some(behind.unwrap_or(*oid)));
                    continue;
                };
                if !found.invoker && body.filters && self.hides(body)? {
                    all.insert(*oid);
                }
                let behind = behind.or((!found.invoker).then_some(*oid));
                let reader = (!found.invoker).then_some(found.owner);
                open.extend(seen.insert((*oid, behind, reader)).then_some((body, behind, reader)));
            }
        }
        Ok(all)
    }

    /// Whether a view's body reads what the role may not read itself, so that its conditions hide something: by the settings, by its
    /// rights as they are, which lag behind where new tables wait, and by row level security; or makes rows of its own.
    pub(super) fn hides(&self, body: &Mentions) -> Result<bool, Denial> {
        if body.makes {
            return Ok(true);
        }
        for (inner, used) in body.relations.iter().filter(|(_, used)| !used.idle) {
            let read = self.found(*inner)?;
            let by_right = read.whole || !read.open.is_empty() && used.columns.is_subset(&read.open);
            if self.opened(read).is_err() || self.denied(read, used)?.is_some() || !by_right || read.secured {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether a virtual column of a table may be none of another once it is planned; in the whole row, any of them.
fn vanishes(table: &Relation, number: i32) -> bool {
    let mut carried = table.carried.iter().filter(|(of, _)| number == 0 || **of == number);
    carried.any(|(_, carried)| *carried == Carries::No)
}
