//! Equalities of other views and policies, which the server puts in the place of a text's own: where both `c.tenant = v.id` and `c.tenant =
//! (SELECT …)` hold, `v.id = (SELECT …)` does, and that is asked before v hides any row (PostgreSQL's equivalence classes).

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Judge,
    early::Early,
    others::is_secured_for,
    told::{Columns, behind},
};
use crate::check::{
    denial::Denial,
    facts::Relation,
    tree::{Loose, Mentions},
};

/// The most places that relations are read in, each view's own counted wherever it is read.
const MOST_PLACES: usize = 2_000;

/// A relation where a text reads it, be it behind views.
struct Place {
    /// The views that it is behind, the outermost first, and itself.
    path: Vec<u32>,
    early: Early,
    used: Columns,
    /// Whether the text compares anything of the outermost.
    compared: bool,
}

impl Place {
    fn oid(&self) -> u32 {
        self.path.last().copied().unwrap_or_default()
    }

    /// Whether it is behind the other.
    fn is_behind(&self, other: &Self) -> bool {
        self.path.len() > other.path.len() && self.path.starts_with(&other.path)
    }

    /// Whether neither is behind the other.
    fn is_apart(&self, other: &Self) -> bool {
        self.path.iter().zip(&other.path).any(|(one, other)| one != other)
    }
}

impl Judge<'_> {
    /// Where rows are hidden by one relation, the conditions of another may not compute what could tell, once, of a column that the text
    /// compares; but for what the policies of the first ask the role as well, since that fails for all of it or for none.
    pub(super) fn beside(&self, mentions: &Mentions) -> Result<(), Denial> {
        let places = self.places_of(mentions)?;
        let mut hiding = Vec::new();
        for place in &places {
            let found = self.found(place.oid())?;
            if self.hides_by_itself(found, self.reader_behind(&place.path))? {
                // Behind a view the policies are those for its owner.
                let own = self.is_read_by_its_reader(&place.path);
                hiding.push((place, if own { self.asked_by(place.oid()) } else { BTreeSet::new() }));
            }
        }
        for place in &places {
            // A view that hides rows has its own conditions; what hides them behind it does not.
            let apart = hiding.iter().filter(|(other, _)| other.is_apart(place) || other.is_behind(place));
            let prints: Vec<BTreeSet<u64>> = apart.map(|(_, prints)| prints.clone()).collect();
            if !prints.is_empty() && self.asks_once(place, &prints)? {
                return Err(Denial::Beside { relation: self.found(place.oid())?.full_name() });
            }
        }
        Ok(())
    }

    /// All relations that a text reads, wherever it does.
    fn places_of(&self, mentions: &Mentions) -> Result<Vec<Place>, Denial> {
        let mut places: Vec<Place> = Vec::new();
        for (oid, used) in mentions.relations.iter().filter(|(_, used)| !used.idle) {
            let early = self.early(*oid);
            let compared = !early.compared.is_empty();
            places.push(Place { path: vec![*oid], early, used: used.columns.clone(), compared });
        }
        let mut at = 0;
        while at < places.len() {
            let Place { path, early, used, compared } = &places[at];
            let (path, compared) = (path.clone(), *compared);
            let oid = places[at].oid();
            let found = self.found(oid)?;
            if found.kind == "v" {
                let mut within: BTreeMap<u32, Early> = self.within(oid, found, early, used);
                let relations = found.body.iter().flat_map(|body| &body.relations);
                for (inner, used) in relations.filter(|(inner, used)| **inner != oid && !used.idle) {
                    let path = path.iter().copied().chain([*inner]).collect();
                    let early = within.remove(inner).unwrap_or_default();
                    places.push(Place { path, early, used: used.columns.clone(), compared });
                }
            }
            if places.len() > MOST_PLACES {
                return Err(Denial::TooLarge);
            }
            at += 1;
        }
        Ok(places)
    }

    /// Whether all views that a relation is behind run with the rights of who reads them.
    fn is_read_by_its_reader(&self, path: &[u32]) -> bool {
        let (_, views) = path.split_last().unwrap_or((&0, &[]));
        views.iter().all(|view| self.facts.relations.get(view).is_some_and(|found| found.invoker))
    }

    /// Who reads what the last of these has behind it, and its policies: the owner of the innermost view, or the role where that is its reader's.
    fn reader_behind(&self, path: &[u32]) -> Option<u32> {
        let mut views = path.iter().rev().filter_map(|oid| self.facts.relations.get(oid));
        let view = views.find(|found| found.kind == "v")?;
        (!view.invoker).then_some(view.owner)
    }

    /// Whether a relation hides rows of its own accord.
    fn hides_by_itself(&self, found: &Relation, reader: Option<u32>) -> Result<bool, Denial> {
        match found.body.as_ref().filter(|_| found.kind == "v") {
            Some(body) => Ok(!found.invoker && body.filters && self.hides(body)?),
            None => Ok(is_secured_for(found, reader)),
        }
    }

    /// Whether its conditions would.
    fn asks_once(&self, place: &Place, others: &[BTreeSet<u64>]) -> Result<bool, Denial> {
        let known = |print: u64| others.iter().all(|prints| prints.contains(&print));
        let found = self.found(place.oid())?;
        // Which columns the rows of a function, or of VALUES, have is not known: any may be compared.
        let makes = place.compared
            && (found.body.as_ref().is_some_and(|body| body.makes) || !found.conditions.rows.is_empty());
        // Behind a view the policies, of what is looked into too, are those for its owner.
        let own = self.is_read_by_its_reader(&place.path);
        let reader = self.reader_behind(&place.path);
        let loose = found.loose.iter().chain(&found.policies.of(reader).loose);
        let mut late = loose.filter(|loose| !loose.print().is_some_and(known));
        let is_asked_alike = |oid| own && self.is_asked_alike(oid, others);
        Ok((makes || compares(found, &place.early))
            && late.any(|loose| match loose {
                Loose::Query(quiet, _) => self.query_fails(quiet, reader, &is_asked_alike, Self::told),
                loose => self.fails_late(loose, &BTreeSet::new(), Self::told),
            }))
    }
}

/// Whether a text compares a column that a view's own conditions, or a table's policies, compare. A whole row is each of its columns.
fn compares(found: &Relation, early: &Early) -> bool {
    let meets = |one: &Columns, other: &Columns| {
        let whole = one.contains(&0) && !other.is_empty() || other.contains(&0) && !one.is_empty();
        whole || !one.is_disjoint(other)
    };
    if found.kind != "v" {
        return meets(&found.policies.columns, &early.compared);
    }
    let own = &found.conditions.columns;
    behind(found, &early.compared)
        .iter()
        .any(|(oid, columns)| own.get(oid).is_some_and(|own| meets(own, columns)))
}
