//! What a policy of row level security asks.

use std::collections::BTreeSet;

use super::{
    Tree, TreeError,
    carries::is_made,
    computed::{Computed, Reading},
    loose::{Loose, loose},
    read::Item,
};

/// `EXPR_SUBLINK`; `AND_EXPR`, as a tree has it.
const EXPRESSION: u32 = 4;
const AND: &str = "and";
/// `=` of whole numbers, `name`, texts, `bpchar`, `numeric`, `date` and `uuid`, which are estimated by what stands beside a column.
const EQUALITIES: [u32; 11] = [15, 93, 94, 96, 98, 410, 416, 1054, 1093, 1752, 2972];
/// `current_setting`.
const SETTINGS: [u32; 2] = [2077, 3294];
/// `FirstNormalObjectId`.
const FIRST_NORMAL: u32 = 16_384;
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
    /// All that it is computed by, but for what fails when it is planned.
    pub(crate) computed: Computed,
}

/// Looks at a policy's expression.
pub(crate) fn of_policy(tree: &Tree<'_>) -> Result<Asked, TreeError> {
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
    let planned = planned(tree)?;
    let known = known.into_iter().map(|(item, _)| item).chain(planned.iter().copied()).collect();
    let rest = besides(tree, &reading, &known)?;
    let computed = besides(tree, &reading, &planned)?;
    let parts = parts_of(tree, &planned);
    let loose = found.into_iter().filter(|(item, _)| !parts.contains(item)).map(|(_, loose)| loose).collect();
    Ok(Asked { loose, always, rest, computed })
}

/// These items with all that is in them.
fn parts_of(tree: &Tree<'_>, items: &BTreeSet<usize>) -> BTreeSet<usize> {
    let (mut all, mut open) = (BTreeSet::new(), items.iter().copied().collect::<Vec<_>>());
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

/// What the planner computes to estimate how many rows a policy lets pass (`estimate_expression_value`): it fails there, for every text that
/// reads the table, whatever rows there are. That is what a column is compared with by `=`, where it is made of settings and constants alone.
fn planned(tree: &Tree<'_>) -> Result<BTreeSet<usize>, TreeError> {
    let (mut all, mut open) = (BTreeSet::new(), vec![0]);
    while let Some(item) = open.pop() {
        match tree.kind(item) {
            Some("BOOLEXPR") if tree.word(item, "boolop")? == AND => open.extend(tree.list(item, "args")?),
            Some("OPEXPR") if EQUALITIES.contains(&tree.number(item, "opno")?) => {
                let [left, right] = *tree.list(item, "args")? else { continue };
                for (column, other) in [(left, right), (right, left)] {
                    if is_column(tree, column) && is_of_settings(tree, other) {
                        all.insert(other);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(all)
}

fn is_column(tree: &Tree<'_>, item: usize) -> bool {
    match tree.kind(item) {
        Some("RELABELTYPE") => tree.field(item, "arg").is_some_and(|item| tree.kind(item) == Some("VAR")),
        kind => kind == Some("VAR"),
    }
}

fn is_of_settings(tree: &Tree<'_>, expression: usize) -> bool {
    let mut open = vec![expression];
    while let Some(item) = open.pop() {
        match &tree.items[item] {
            Item::Node("CONST" | "SQLVALUEFUNCTION", _) => {}
            Item::Node("FUNCEXPR", _) => match tree.number(item, "funcid") {
                Ok(oid) if SETTINGS.contains(&oid) => {
                    open.extend(tree.list(item, "args").unwrap_or_default())
                }
                _ => return false,
            },
            Item::Node("COALESCE" | "COALESCEEXPR" | "NULLIFEXPR", _) if !is_made(tree, item) => {
                open.extend(tree.list(item, "args").unwrap_or_default());
            }
            Item::Node("COERCEVIAIO", _) => {
                let own = tree.number(item, "resulttype").is_ok_and(|oid: u32| oid < FIRST_NORMAL);
                match tree.field(item, "arg").filter(|_| own) {
                    Some(arg) => open.push(arg),
                    None => return false,
                }
            }
            Item::Node("RELABELTYPE", _) => open.extend(tree.field(item, "arg")),
            _ => return false,
        }
    }
    true
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
