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
    /// compares; but for what the first computes itself, since that fails for all of it or for none.
    pub(super) fn beside(&self, mentions: &Mentions) -> Result<(), Denial> {
        let mut hiding = Vec::new();
        for (oid, used) in &mentions.relations {
            let alone = Mentions { relations: [(*oid, used.clone())].into(), ..Mentions::default() };
            if !used.idle && !self.what_hides(&alone)?.is_empty() {
                hiding.push((*oid, self.prints(*oid)));
            }
        }
        for oid in mentions.relations.keys() {
            let others: Vec<&BTreeSet<u64>> =
                hiding.iter().filter(|(other, _)| other != oid).map(|(_, prints)| prints).collect();
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

    /// What this relation, and the views behind it, compute once; policies only of what is read by the role itself.
    fn prints(&self, oid: u32) -> BTreeSet<u64> {
        let (mut all, mut seen, mut open) = (BTreeSet::new(), BTreeSet::new(), vec![(oid, true)]);
        while let Some((oid, own)) = open.pop().filter(|next| seen.insert(*next)) {
            let Some(found) = self.facts.relations.get(&oid) else { continue };
            let view = found.kind == "v";
            if view || own {
                all.extend(&found.prints);
            }
            let own = own && found.invoker;
            let body = found.body.iter().filter(|_| view);
            open.extend(body.flat_map(|body| body.relations.keys()).map(|oid| (*oid, own)));
        }
        all
    }
}

/// Whether a text compares a column that a view's own conditions, or a table's policies, compare.
fn compares(found: &Relation, early: &Early) -> bool {
    if found.kind != "v" {
        return early.compared.contains(&0) || !found.policed.is_disjoint(&early.compared);
    }
    let own = &found.conditions.columns;
    behind(found, &early.compared)
        .iter()
        .any(|(oid, columns)| own.get(oid).is_some_and(|own| !own.is_disjoint(columns)))
}
