//! What a view shows all of, though it leaves rows out.

use std::collections::BTreeSet;

use super::{
    Tree, TreeError,
    computed::{Computed, Reading},
    harmless::takes_no_less_than_none,
    read::Item,
    scope::is_set,
    simple::is_simple,
};

/// `JOIN_LEFT`, `JOIN_RIGHT` and `RTE_RELATION`.
const LEFT: u32 = 1;
const RIGHT: u32 = 3;
const RELATION: u32 = 0;
/// `RTE_FUNCTION`, `RTE_TABLEFUNC` and `RTE_VALUES`.
const MAKERS: [u32; 3] = [3, 4, 5];

/// What of a view's body, of which this is the query, no condition on the view sees more than the view shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The columns that are made when all rows are chosen: of aggregates where no HAVING leaves groups out, of window functions; all
    /// columns where LIMIT or OFFSET is the last that is done.
    pub(crate) settled: BTreeSet<i32>,
    /// The relation of which it shows every row, since nothing but LEFT JOINs of other relations stands beside it.
    pub(crate) whole: Option<u32>,
    /// Whether it has rows in an order, that of what it sorts, groups, numbers or makes distinct, or a query in it has.
    pub(crate) ordered: bool,
    /// All that is in it, where that is computed whichever columns are asked for: it sorts, groups or numbers rows, leaves equal ones out or
    /// gives a few of them or makes them, or a query in it may.
    pub(crate) entire: Option<Computed>,
}

/// Looks at a view's body.
pub(crate) fn shown(tree: &Tree<'_>, query: usize) -> Result<Shown, TreeError> {
    let queries = (0..tree.items.len()).filter(|item| tree.kind(*item) == Some("QUERY")).count();
    let made = (0..tree.items.len()).any(|item| makes_rows(tree, item));
    let entire = queries > 1 || made || is_set(tree, query) || !is_simple(tree, query);
    let entire = entire.then(|| Reading::of(tree).expression(query)).transpose()?.map(|mut entire| {
        entire.telling |= !takes_no_less_than_none(tree, query);
        entire
    });
    Ok(Shown {
        settled: settled(tree, query)?,
        whole: whole(tree, query)?,
        ordered: is_ordered(tree, query),
        entire,
    })
}

fn is_ordered(tree: &Tree<'_>, query: usize) -> bool {
    let clauses = [
        "sortClause",
        "groupClause",
        "groupingSets",
        "havingQual",
        "distinctClause",
        "windowClause",
        "setOperations",
        "limitCount",
        "limitOffset",
    ];
    // A query in a list is asked where a report asks for its column.
    let asks = |query| has(tree, query, "SUBLINK");
    let lists = tree.list(query, "targetList").unwrap_or_default().iter().copied();
    lists.into_iter().any(asks)
        || (0..tree.items.len())
            .filter(|item| tree.kind(*item) == Some("QUERY"))
            .any(|query| clauses.iter().any(|name| is_given(tree, query, name)))
}

fn settled(tree: &Tree<'_>, query: usize) -> Result<BTreeSet<i32>, TreeError> {
    let mut all = BTreeSet::new();
    let limited = is_given(tree, query, "limitCount") || is_given(tree, query, "limitOffset");
    if !limited && (is_set(tree, query) || tree.word(query, "hasDistinctOn")? == "true") {
        return Ok(all);
    }
    let grouped = !is_given(tree, query, "havingQual");
    for &target in tree.list(query, "targetList")? {
        let number = tree.word(target, "resno")?.parse();
        let number = number.map_err(|_| TreeError::Shape("resno".to_owned()))?;
        if limited || has(tree, target, "WINDOWFUNC") || grouped && has(tree, target, "AGGREF") {
            all.insert(number);
        }
    }
    Ok(all)
}

fn whole(tree: &Tree<'_>, query: usize) -> Result<Option<u32>, TreeError> {
    let hides = ["havingQual", "limitCount", "limitOffset", "setOperations", "cteList"];
    if hides.iter().any(|name| is_given(tree, query, name))
        || tree.word(query, "hasDistinctOn")? == "true"
        || tree.word(query, "hasTargetSRFs")? == "true"
        || tree.word(query, "hasSubLinks")? == "true"
    {
        return Ok(None);
    }
    let entries = tree.list(query, "rtable")?;
    let Some(from) = tree.field(query, "jointree") else { return Ok(None) };
    let mut side = match tree.list(from, "fromlist")? {
        [one] if !is_given(tree, from, "quals") => *one,
        _ => return Ok(None),
    };
    let (mut others, mut first) = (Vec::new(), None);
    while first.is_none() {
        match tree.kind(side) {
            Some("JOINEXPR") => {
                let (kept, other) = match tree.number(side, "jointype")? {
                    LEFT => ("larg", "rarg"),
                    RIGHT => ("rarg", "larg"),
                    _ => return Ok(None),
                };
                others.extend(tree.field(side, other));
                let Some(kept) = tree.field(side, kept) else { return Ok(None) };
                side = kept;
            }
            Some("RANGETBLREF") => first = Some(side),
            _ => return Ok(None),
        }
    }
    let entry = |reference: &usize| {
        let place = (tree.kind(*reference) == Some("RANGETBLREF"))
            .then(|| tree.number(*reference, "rtindex").ok()?.checked_sub(1))
            .flatten()?;
        entries.get(place as usize).copied().filter(|entry| is_plain(tree, *entry))
    };
    let entries: Option<Vec<usize>> = first.iter().chain(&others).map(entry).collect();
    let Some(entries) = entries else { return Ok(None) };
    let relations: Vec<u32> =
        entries.into_iter().map(|entry| tree.number(entry, "relid")).collect::<Result<_, _>>()?;
    Ok(relations.split_first().filter(|(first, others)| !others.contains(first)).map(|(first, _)| *first))
}

/// Whether an entry of FROM is a function, XMLTABLE and its like, VALUES, or a sample: what it computes comes before any row.
fn makes_rows(tree: &Tree<'_>, item: usize) -> bool {
    let is_entry = matches!(tree.kind(item), Some("RTE" | "RANGETBLENTRY"));
    let sampled = || tree.field(item, "tablesample").is_some_and(|sample| tree.kind(sample).is_some());
    is_entry && (tree.number(item, "rtekind").is_ok_and(|kind| MAKERS.contains(&kind)) || sampled())
}

/// Whether an entry is a relation, and all rows of it.
fn is_plain(tree: &Tree<'_>, entry: usize) -> bool {
    tree.number(entry, "rtekind") == Ok(RELATION)
        && tree.field(entry, "tablesample").is_none_or(|sample| tree.kind(sample).is_none())
}

fn is_given(tree: &Tree<'_>, node: usize, field: &str) -> bool {
    tree.field(node, field).is_some_and(|item| tree.items[item] != Item::Word("<>"))
}

/// Whether an expression has such a node in it, those of queries in it left out of account.
pub(super) fn has(tree: &Tree<'_>, expression: usize, wanted: &str) -> bool {
    let mut open = vec![expression];
    while let Some(item) = open.pop() {
        match &tree.items[item] {
            Item::Node(kind, _) if *kind == wanted => return true,
            Item::Node("SUBLINK", _) => {}
            Item::Node(_, fields) => open.extend(fields.iter().map(|(_, item)| item)),
            Item::List(items) => open.extend(items),
            Item::Word(_) | Item::Bytes(_) => {}
        }
    }
    false
}
