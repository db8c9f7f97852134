//! What belongs to each query itself: what it reads, its conditions and its aggregates.

use std::collections::HashMap;

use super::{
    super::{Tree, TreeError, read::Item, scope::Scopes},
    Behind,
};

/// What belongs to a query.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    /// The entries of its range table that FROM reads, or UNION; not those that only stand for a join, or for a view's own rows.
    pub(super) read: Vec<usize>,
    /// WHERE, HAVING and the conditions of joins.
    pub(super) conditions: Vec<usize>,
    /// Aggregates that an index may answer, wherever they stand.
    pub(super) extremes: u64,
    /// Aggregates for which the planner may sort what they are given: these, and those that ask for it.
    pub(super) sorted: Vec<usize>,
    /// Whether it stands in FROM or WITH.
    pub(super) within: bool,
}

/// The parts of all queries, by item.
pub(super) fn parts(
    tree: &Tree<'_>,
    scopes: &Scopes,
    behind: &dyn Behind,
) -> Result<HashMap<usize, Parts>, TreeError> {
    let mut all: HashMap<usize, Parts> = HashMap::new();
    for (number, item) in tree.items.iter().enumerate() {
        let Item::Node(kind, _) = item else { continue };
        let within = match *kind {
            "RTE" | "RANGETBLENTRY" => tree.field(number, "subquery"),
            "COMMONTABLEEXPR" => tree.field(number, "ctequery"),
            _ => None,
        };
        if let Some(query) = within.filter(|query| tree.kind(*query) == Some("QUERY")) {
            all.entry(query).or_default().within = true;
        }
        let query = if *kind == "QUERY" { Some(number) } else { scopes.around(number) };
        let Some(query) = query else { continue };
        match *kind {
            "FROMEXPR" | "JOINEXPR" => {
                all.entry(query).or_default().conditions.extend(tree.field(number, "quals"));
            }
            "QUERY" => all.entry(query).or_default().conditions.extend(tree.field(number, "havingQual")),
            "RANGETBLREF" => {
                let place = (tree.number(number, "rtindex")? as usize).checked_sub(1);
                let entry = place.and_then(|place| tree.list(query, "rtable").ok()?.get(place));
                let entry = entry.ok_or_else(|| TreeError::Shape("rtindex".to_owned()))?;
                all.entry(query).or_default().read.push(*entry);
            }
            "AGGREF" => {
                let mut of = query;
                for _ in 0..tree.number(number, "agglevelsup")? {
                    of = scopes.around(of).ok_or_else(|| TreeError::Shape("agglevelsup".to_owned()))?;
                }
                let extreme = is_extreme(tree, number, behind)?;
                let orders = !tree.list(number, "aggorder")?.is_empty();
                let parts = all.entry(of).or_default();
                parts.extremes += u64::from(extreme);
                if extreme || orders || !tree.list(number, "aggdistinct")?.is_empty() {
                    parts.sorted.push(number);
                }
            }
            _ => {}
        }
    }
    Ok(all)
}

/// Whether an index may answer an aggregate (`can_minmax_aggs`).
fn is_extreme(tree: &Tree<'_>, aggregate: usize, behind: &dyn Behind) -> Result<bool, TreeError> {
    let filter = tree.field(aggregate, "aggfilter").and_then(|item| tree.kind(item));
    Ok(filter.is_none() && behind.is_extreme(tree.number(aggregate, "aggfnoid")?))
}
