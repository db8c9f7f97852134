//! Casts that are in no tree: what UNION, INTERSECT and EXCEPT bring their queries' columns to the same type with is added by
//! the planner only.

use std::collections::BTreeSet;

use super::{Tree, TreeError, TypeOf, read::Item, targets};

/// `FirstNormalObjectId`: casts between the server's own types call the server's own functions, which compute from the value alone.
const FIRST_NORMAL: u32 = 16_384;

/// What such casts lead from and to, where somebody made either type.
pub(super) fn unwritten(tree: &Tree<'_>) -> Result<BTreeSet<(TypeOf, TypeOf)>, TreeError> {
    let mut types = BTreeSet::new();
    for query in (0..tree.items.len()).filter(|item| tree.kind(*item) == Some("QUERY")) {
        let root = tree.field(query, "setOperations").filter(|item| tree.kind(*item).is_some());
        let mut open: Vec<usize> = root.into_iter().collect();
        while let Some(operation) = open.pop() {
            let wanted = columns(tree, operation)?;
            for side in ["larg", "rarg"] {
                let side = tree.field(operation, side).ok_or_else(|| TreeError::Shape(side.to_owned()))?;
                let given = match tree.kind(side) {
                    Some("SETOPERATIONSTMT") => {
                        open.push(side);
                        columns(tree, side)?
                    }
                    _ => {
                        targets(tree, leaf(tree, query, side)?)?.into_iter().map(|target| target.of).collect()
                    }
                };
                if given.len() != wanted.len() {
                    return Err(TreeError::Shape("colTypes".to_owned()));
                }
                let pairs = given.into_iter().zip(wanted.iter().copied());
                let made = |of: &TypeOf| of.oid() >= FIRST_NORMAL;
                types
                    .extend(pairs.filter(|(given, wanted)| given != wanted && (made(given) || made(wanted))));
            }
        }
    }
    Ok(types)
}

/// The types of a set operation's columns.
fn columns(tree: &Tree<'_>, operation: usize) -> Result<Vec<TypeOf>, TreeError> {
    let types = tree.field(operation, "colTypes").ok_or_else(|| TreeError::Shape("colTypes".to_owned()))?;
    Ok(tree.numbers::<u32>(types, "o", "colTypes")?.into_iter().map(TypeOf::Oid).collect())
}

/// The query that a reference to the range table of this one leads to.
fn leaf(tree: &Tree<'_>, query: usize, reference: usize) -> Result<usize, TreeError> {
    let shape = || TreeError::Shape("rtindex".to_owned());
    let number = tree.number(reference, "rtindex")? as usize;
    let entries = tree.list(query, "rtable")?;
    let entry = number.checked_sub(1).and_then(|number| entries.get(number)).ok_or_else(shape)?;
    let leaf = tree.field(*entry, "subquery").filter(|item| matches!(tree.items[*item], Item::Node(..)));
    leaf.ok_or_else(shape)
}
