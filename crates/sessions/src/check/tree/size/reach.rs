//! How many relations a query reads, each partition and child as one of them.

use super::{
    super::{Tree, TreeError, scope::is_set, simple::is_simple},
    merged::{SUBQUERY, WITH},
    walk::Sizes,
};

/// `RTE_RELATION`, and those that the planner may take out because they are one row: `RTE_FUNCTION`, `RTE_TABLEFUNC`, `RTE_VALUES`,
/// `RTE_RESULT`.
pub(super) const RELATION: u32 = 0;
const ROWS: [u32; 4] = [3, 4, 5, 8];

/// What a relation weighs when it is planned, and each of its columns and indexes.
const RELATION_WEIGHT: u64 = 40;
const COLUMN_WEIGHT: u64 = 2;
const INDEX_WEIGHT: u64 = 8;

/// What a query reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    /// Relations, with all that are within.
    pub(super) relations: u64,
    /// Entries of FROM that are still there when queries within are merged.
    pub(super) sources: u64,
}

impl Reach {
    const ONE: Self = Self { relations: 1, sources: 1 };
}

impl Sizes<'_, '_, '_, '_> {
    /// What a query reads. This calls itself once for each level of queries.
    pub(super) fn reach(&mut self, query: usize) -> Result<Reach, TreeError> {
        if let Some(known) = self.reached.get(&query) {
            return Ok(*known);
        }
        self.reached.insert(query, Reach::default());
        self.views.deeper()?;
        let mut reach = Reach::default();
        let read = self.parts.get(&query).map(|parts| parts.read.clone()).unwrap_or_default();
        for entry in read {
            let one = self.reach_of(entry)?;
            reach.relations = reach.relations.saturating_add(one.relations);
            reach.sources = reach.sources.saturating_add(one.sources);
        }
        reach.relations = reach.relations.max(1);
        self.views.higher();
        self.reached.insert(query, reach);
        Ok(reach)
    }

    fn reach_of(&mut self, entry: usize) -> Result<Reach, TreeError> {
        let query = match self.tree.number(entry, "rtekind")? {
            RELATION => return self.relation(entry).map(|(reach, _)| reach),
            SUBQUERY => self.tree.field(entry, "subquery"),
            WITH => self.scopes.copied(self.tree, entry)?,
            kind if ROWS.contains(&kind) => return Ok(Reach { sources: 0, ..Reach::ONE }),
            _ => None,
        };
        let Some(query) = query.filter(|query| self.tree.kind(*query) == Some("QUERY")) else {
            return Ok(Reach::ONE);
        };
        let reach = self.reach(query)?;
        Ok(seen(self.tree, query, reach))
    }

    /// What an entry that is a relation reads, and what planning that weighs.
    pub(super) fn relation(&mut self, entry: usize) -> Result<(Reach, u64), TreeError> {
        let relation = self.tree.number(entry, "relid")?;
        if let Some(view) = self.views.view(relation)? {
            return Ok((view.reach, view.size.all()));
        }
        let (relations, columns, indexes) = self.views.behind.relations(relation);
        let relations = if self.tree.word(entry, "inh")? == "true" { relations } else { 1 };
        let weight = columns.saturating_mul(COLUMN_WEIGHT).saturating_add(RELATION_WEIGHT);
        let weight = indexes.saturating_mul(INDEX_WEIGHT).saturating_add(weight);
        Ok((Reach { relations, sources: 1 }, weight.saturating_mul(relations)))
    }
}

/// What a query reads as those around it see it: it is one source, unless it is merged with them.
pub(super) fn seen(tree: &Tree<'_>, query: usize, reach: Reach) -> Reach {
    if is_simple(tree, query) && !is_set(tree, query) { reach } else { Reach { sources: 1, ..reach } }
}
