//! What a text's conditions are made of. The server may evaluate a condition before a view's own, so it matters whether one
//! could tell what it saw (PostgreSQL manual, 41.5 "Rules and Privileges").

use std::collections::BTreeSet;

use super::{
    Tree, TreeError,
    known::{self, Names},
    read::Item,
};

/// Nodes that fail for no value, and tell nobody which they saw; what they call is looked at by itself.
const SILENT: [&str; 28] = [
    "QUERY",
    "FROMEXPR",
    "JOINEXPR",
    "RANGETBLREF",
    "RTE",
    "RANGETBLENTRY",
    "RTEPERMISSIONINFO",
    "ALIAS",
    "TARGETENTRY",
    "VAR",
    "CONST",
    "PARAM",
    "OPEXPR",
    "FUNCEXPR",
    "BOOLEXPR",
    "RELABELTYPE",
    "NULLTEST",
    "BOOLEANTEST",
    "SCALARARRAYOPEXPR",
    "DISTINCTEXPR",
    "ARRAY",
    "ARRAYEXPR",
    "SORTGROUPCLAUSE",
    "COMMONTABLEEXPR",
    "SETOPERATIONSTMT",
    "GROUPINGSET",
    "NULLIFEXPR",
    "COLLATEEXPR",
];

/// All of a text but the list of its result, which is made of rows that every condition has let pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conditions {
    /// Whether there is any condition.
    pub(crate) any: bool,
    /// Whether something in them may tell what it saw of its own accord, such as a cast that fails.
    pub(crate) telling: bool,
    pub(crate) functions: BTreeSet<u32>,
    pub(crate) operators: BTreeSet<u32>,
}

/// Whether a tree has conditions: of WHERE, ON, HAVING and LIMIT.
pub(super) fn filters(tree: &Tree<'_>) -> bool {
    let condition = |(name, value): &(&str, usize)| {
        matches!(*name, "quals" | "havingQual" | "limitCount" | "limitOffset")
            && !matches!(tree.items[*value], Item::Word("<>"))
    };
    tree.items.iter().any(|item| matches!(item, Item::Node(_, fields) if fields.iter().any(condition)))
}

/// The conditions of a text whose outermost query is this.
pub(crate) fn conditions(tree: &Tree<'_>, query: usize) -> Result<Conditions, TreeError> {
    let mut all = Conditions { any: filters(tree), ..Conditions::default() };
    let result = tree.field(query, "targetList");
    // Items refer to later ones only, so one pass tells what belongs to the result.
    let mut left_out = vec![false; tree.items.len()];
    if let Some(result) = result {
        left_out[result] = true;
    }
    for (number, item) in tree.items.iter().enumerate() {
        match item {
            Item::List(items) if left_out[number] => items.iter().for_each(|item| left_out[*item] = true),
            Item::Node(_, fields) if left_out[number] => {
                fields.iter().for_each(|(_, item)| left_out[*item] = true)
            }
            Item::Node(kind, fields) => {
                all.telling |= !SILENT.contains(kind);
                let known = known::fields(kind).ok_or_else(|| TreeError::Node((*kind).to_owned()))?;
                for (name, value) in fields {
                    let into = match known.get(name) {
                        Some(Names::Function) => &mut all.functions,
                        Some(Names::Operator) => &mut all.operators,
                        _ => continue,
                    };
                    match &tree.items[*value] {
                        Item::Word("<>") => {}
                        Item::Word(_) => drop(into.insert(tree.number(number, name)?)),
                        _ => into.extend(tree.numbers::<u32>(*value, "o", name)?),
                    }
                }
            }
            _ => {}
        }
    }
    all.functions.remove(&0);
    all.operators.remove(&0);
    Ok(all)
}
