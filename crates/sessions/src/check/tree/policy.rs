//! What a policy of row level security asks.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Tree, TreeError,
    carries::is_made,
    computed::{Computed, Reading},
    constant,
    loose::{Loose, loose},
    read::Item,
    settled::settled,
};

/// `boolean`; `EXPR_SUBLINK`.
const BOOL: u32 = 16;
const EXPRESSION: u32 = 4;
/// What compares or computes whatever it is given.
const ALWAYS: [&str; 11] = [
    "OPEXPR",
    "DISTINCTEXPR",
    "SCALARARRAYOPEXPR",
    "FUNCEXPR",
    "RELABELTYPE",
    "COERCEVIAIO",
    "COLLATE",
    "COLLATEEXPR",
    "NAMEDARGEXPR",
    "NULLIFEXPR",
    "NULLTEST",
];

/// What a policy's expression asks.
pub(crate) struct Asked {
    /// What of it is computed without a row.
    pub(crate) loose: Vec<Loose>,
    /// Which of that is, for whatever row it is asked.
    pub(crate) always: BTreeSet<u64>,
    /// What it is computed by besides.
    pub(crate) rest: Computed,
    /// All that it is computed by, but for what is settled.
    pub(crate) computed: Computed,
    /// What is asked as SQL before any report that reads the table.
    pub(crate) settled: BTreeSet<String>,
}

/// Whether a policy lets every row pass: a constant.
pub(crate) fn is_true(tree: &Tree<'_>) -> bool {
    let boolean = tree.number(0, "consttype") == Ok(BOOL);
    boolean && constant::bytes(tree, 0).is_some_and(|bytes| bytes.first() == Some(&1))
}

/// Looks at a policy's expression, and whether something of it is to be settled.
pub(crate) fn of_policy(tree: &Tree<'_>, settle: bool) -> Result<Asked, TreeError> {
    let reading = Reading::of(tree);
    let (found, _) = loose(tree, &reading, &[0])?;
    let asked = always(tree);
    // What has a column in it is asked of every row, and another for each.
    let mut known = Vec::new();
    for (item, loose) in &found {
        if asked.contains(item) && loose.print().is_some() && !takes_a_column(tree, *item)? {
            known.push((*item, loose));
        }
    }
    let always = known.iter().filter_map(|(_, loose)| loose.print()).collect();
    let settled = if settle { settled(tree)? } else { BTreeMap::new() };
    let items: BTreeSet<usize> = settled.keys().copied().collect();
    let known = known.into_iter().map(|(item, _)| item).chain(items.iter().copied()).collect();
    let rest = besides(tree, &reading, &known)?;
    let computed = if items.is_empty() { reading.expression(0)? } else { besides(tree, &reading, &items)? };
    let parts = parts_of(tree, items);
    let loose = found.into_iter().filter(|(item, _)| !parts.contains(item)).map(|(_, loose)| loose).collect();
    Ok(Asked { loose, always, rest, computed, settled: settled.into_values().collect() })
}

/// These items with all that is in them.
fn parts_of(tree: &Tree<'_>, items: BTreeSet<usize>) -> BTreeSet<usize> {
    let (mut all, mut open) = (BTreeSet::new(), items.into_iter().collect::<Vec<_>>());
    while let Some(item) = open.pop() {
        all.insert(item);
        match &tree.items[item] {
            Item::Node(_, fields) => open.extend(fields.iter().map(|(_, item)| item)),
            Item::List(items) => open.extend(items),
            Item::Word(_) | Item::Bytes(_) => {}
        }
    }
    all
}

/// What is computed whenever the expression is: nothing that an arm of AND, OR, CASE or COALESCE may leave out.
fn always(tree: &Tree<'_>) -> BTreeSet<usize> {
    let (mut all, mut open) = (BTreeSet::new(), vec![0]);
    while let Some(item) = open.pop() {
        match &tree.items[item] {
            // What is put in the place of a function that somebody made may leave out what that is given.
            Item::Node(..) if is_made(tree, item) => {}
            Item::Node(kind, fields) if ALWAYS.contains(kind) => {
                open.extend(fields.iter().map(|(_, item)| item));
            }
            Item::Node("COALESCE" | "COALESCEEXPR", _) => {
                open.extend(tree.list(item, "args").ok().and_then(|given| given.first()));
            }
            Item::List(items) => open.extend(items),
            Item::Node(..) | Item::Word(_) | Item::Bytes(_) => {}
        }
        all.insert(item);
    }
    all
}

/// Whether an expression has a column in it, be it of the row or of what is around a query in it; or a query that is compared with each row.
fn takes_a_column(tree: &Tree<'_>, expression: usize) -> Result<bool, TreeError> {
    let mut open = vec![(expression, false)];
    while let Some((item, within)) = open.pop() {
        match &tree.items[item] {
            Item::Node("VAR", _) if !within || tree.number(item, "varlevelsup")? > 0 => return Ok(true),
            Item::Node("SUBLINK", _) if tree.number(item, "subLinkType")? != EXPRESSION => return Ok(true),
            Item::Node(kind, fields) => {
                open.extend(fields.iter().map(|(_, item)| (*item, within || *kind == "QUERY")));
            }
            Item::List(items) => open.extend(items.iter().map(|item| (*item, within))),
            Item::Word(_) | Item::Bytes(_) => {}
        }
    }
    Ok(false)
}

/// All that an expression is computed by, but for these parts of it.
fn besides(
    tree: &Tree<'_>,
    reading: &Reading<'_, '_>,
    known: &BTreeSet<usize>,
) -> Result<Computed, TreeError> {
    let (mut rest, mut open) = (Computed::default(), vec![0]);
    while let Some(item) = open.pop() {
        if known.contains(&item) {
            continue;
        }
        reading.add(&mut rest, item)?;
        match &tree.items[item] {
            Item::Node(_, fields) => open.extend(fields.iter().map(|(_, item)| item)),
            Item::List(items) => open.extend(items),
            Item::Word(_) | Item::Bytes(_) => {}
        }
    }
    Ok(rest)
}
