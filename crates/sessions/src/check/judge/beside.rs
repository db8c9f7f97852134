//! Equalities of other views and policies, which the server puts in the place of a text's own: where both `c.tenant = v.id` and `c.tenant =
//! (SELECT …)` hold, `v.id = (SELECT …)` does, and that is asked before v hides any row (PostgreSQL's equivalence classes).

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Judge,
    early::{Columns, Early, behind},
};
use crate::check::{
    denial::Denial,
    facts::Relation,
    tree::{Mentions, Used},
};

impl Judge<'_> {
    /// Where rows are hidden by one relation, the conditions of another may not compute what could tell, once, of a column that the text
    /// compares; but for what the policies of the first ask the role as well, since that fails for all of it or for none.
    pub(super) fn beside(&self, mentions: &Mentions) -> Result<(), Denial> {
        let mut hiding = Vec::new();
        for (oid, used) in &mentions.relations {
            let alone = Mentions { relations: [(*oid, used.clone())].into(), ..Mentions::default() };
            if !used.idle && !self.what_hides(&alone)?.is_empty() {
                hiding.push((*oid, &self.found(*oid)?.prints));
            }
        }
        for oid in mentions.relations.keys() {
            let others: Vec<&BTreeSet<u64>> =
                hiding.iter().filter(|(other, _)| other != oid).map(|(_, prints)| *prints).collect();
            if !others.is_empty()
                && let Some(relation) = self.asked_once(*oid, &others)
            {
                return Err(Denial::Beside { relation });
            }
        }
        Ok(())
    }

    /// The first relation behind this one that would.
    fn asked_once(&self, oid: u32, others: &[&BTreeSet<u64>]) -> Option<String> {
        let known = |print: u64| others.iter().all(|prints| prints.contains(&print));
        let early = self.early(oid);
        let any = !early.compared.is_empty();
        let (mut seen, mut open) = (BTreeSet::new(), vec![(oid, early, Columns::new())]);
        while let Some((oid, early, used)) = open.pop() {
            let Some(found) = self.facts.relations.get(&oid).filter(|_| seen.insert((oid, early.clone())))
            else {
                continue;
            };
            // Which columns the rows of a function, or of VALUES, have is not known: any may be compared.
            let makes = any
                && (found.body.as_ref().is_some_and(|body| body.makes) || !found.conditions.rows.is_empty());
            let mut late = found.loose.iter().filter(|loose| !loose.print().is_some_and(known));
            if (makes || compares(found, &early))
                && late.any(|loose| self.fails_late(loose, &BTreeSet::new(), Self::told))
            {
                return Some(found.full_name());
            }
            if found.kind == "v" {
                let mut within: BTreeMap<u32, Early> = self.within(oid, found, &early, &used);
                let relations = found.body.iter().flat_map(|body| &body.relations);
                open.extend(relations.map(|(oid, used): (&u32, &Used)| {
                    (*oid, within.remove(oid).unwrap_or_default(), used.columns.clone())
                }));
            }
        }
        None
    }
}

/// Whether a text compares a column that a view's own conditions, or a table's policies, compare. A whole row is each of its columns.
fn compares(found: &Relation, early: &Early) -> bool {
    let meets = |one: &Columns, other: &Columns| {
        let whole = one.contains(&0) && !other.is_empty() || other.contains(&0) && !one.is_empty();
        whole || !one.is_disjoint(other)
    };
    if found.kind != "v" {
        return meets(&found.policed, &early.compared);
    }
    let own = &found.conditions.columns;
    behind(found, &early.compared)
        .iter()
        .any(|(oid, columns)| own.get(oid).is_some_and(|own| meets(own, columns)))
}
