//! What a policy of row level security asks.

use std::collections::BTreeSet;

use super::{
    Tree, TreeError,
    computed::{Computed, Reading},
    loose::{Loose, loose},
    read::Item,
};

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
    /// What else of it could fail, but for the column that it is given.
    pub(crate) relied: Computed,
    /// All that it is computed by.
    pub(crate) computed: Computed,
}

/// Looks at a policy's expression.
pub(crate) fn of_policy(tree: &Tree<'_>) -> Result<Asked, TreeError> {
    let reading = Reading::of(tree);
    let (found, relied) = loose(tree, &reading, &[0])?;
    let asked = always(tree);
    let always = found
        .iter()
        .filter(|(item, _)| asked.contains(item))
        .filter_map(|(_, loose)| loose.print())
        .collect();
    let loose = found.into_iter().map(|(_, loose)| loose).collect();
    Ok(Asked { loose, always, relied, computed: reading.expression(0)? })
}

/// What is computed whenever the expression is: nothing that an arm of AND, OR, CASE or COALESCE may leave out.
fn always(tree: &Tree<'_>) -> BTreeSet<usize> {
    let (mut all, mut open) = (BTreeSet::new(), vec![0]);
    while let Some(item) = open.pop() {
        all.insert(item);
        match &tree.items[item] {
            Item::Node(kind, fields) if ALWAYS.contains(kind) => {
                open.extend(fields.iter().map(|(_, item)| item));
            }
            Item::Node("COALESCE" | "COALESCEEXPR", _) => {
                open.extend(tree.list(item, "args").ok().and_then(|given| given.first()));
            }
            Item::List(items) => open.extend(items),
            Item::Node(..) | Item::Word(_) | Item::Bytes(_) => {}
        }
    }
    all
}
