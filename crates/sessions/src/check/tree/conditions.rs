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

/// What of a text may see rows before every condition has let them pass: all of it but the list of its result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conditions {
    /// Whether something in them may tell what it saw of its own accord, such as a cast that fails.
    pub(crate) telling: bool,
    pub(crate) functions: BTreeSet<u32>,
    pub(crate) operators: BTreeSet<u32>,
}

/// `FirstNormalObjectId`.
const FIRST_NORMAL: u32 = 16_384;
/// `SETOP_UNION`, the set operation that leaves out no row for another query's sake.
const UNION: &str = "1";

/// Whether a tree leaves rows out: by WHERE, ON, HAVING and LIMIT, by INTERSECT and EXCEPT, by a join or a set that may be empty.
pub(super) fn filters(tree: &Tree<'_>) -> bool {
    let field = |kind: &str, name: &str, value: &Item<'_>| match (name, value) {
        ("quals" | "havingQual" | "limitCount" | "limitOffset", value) => !matches!(value, Item::Word("<>")),
        ("op", Item::Word(op)) => kind == "SETOPERATIONSTMT" && *op != UNION,
        ("fromlist", Item::List(items)) => items.len() > 1,
        ("hasTargetSRFs", Item::Word(has)) => *has == "true",
        _ => kind == "JOINEXPR",
    };
    tree.items.iter().any(|item| match item {
        Item::Node(kind, fields) => fields.iter().any(|(name, value)| field(kind, name, &tree.items[*value])),
        _ => false,
    })
}

/// The conditions of a text whose outermost query is this.
pub(crate) fn conditions(tree: &Tree<'_>, query: usize) -> Result<Conditions, TreeError> {
    let mut all = Conditions::default();
    let mut after = after(tree, query)?;
    // Items refer to later ones only, so one pass tells what belongs to a result.
    for (number, item) in tree.items.iter().enumerate() {
        match item {
            Item::List(items) if after[number] => items.iter().for_each(|item| after[*item] = true),
            Item::Node(kind, fields) if after[number] => {
                // A query within the result has conditions of its own.
                let inner = |name: &str| *kind == "SUBLINK" && name == "subselect";
                let fields = fields.iter().filter(|(name, _)| !inner(name));
                fields.for_each(|(_, item)| after[*item] = true);
            }
            Item::Node(kind, fields) => {
                all.telling |= !SILENT.contains(kind);
                let known = known::fields(kind).ok_or_else(|| TreeError::Node((*kind).to_owned()))?;
                for (name, value) in fields {
                    let names = known.get(name);
                    let oids = match (names, &tree.items[*value]) {
                        (Some(Names::Function | Names::Operator), Item::Word("<>")) => continue,
                        (Some(Names::Function | Names::Operator), Item::Word(_)) => {
                            vec![tree.number(number, name)?]
                        }
                        (Some(Names::Function | Names::Operator), _) => {
                            tree.numbers::<u32>(*value, "o", name)?
                        }
                        _ => continue,
                    };
                    // Whatever the server's own sort and group by, they fail for no value.
                    let counts = |oid: &u32| *oid >= FIRST_NORMAL || *kind != "SORTGROUPCLAUSE";
                    let into =
                        if names == Some(&Names::Function) { &mut all.functions } else { &mut all.operators };
                    into.extend(oids.into_iter().filter(counts));
                }
            }
            _ => {}
        }
    }
    all.functions.remove(&0);
    all.operators.remove(&0);
    Ok(all)
}

/// Marks what of results is made of rows that every condition has let pass: the outermost query's; and where no query leaves rows out,
/// that of each which the planner does not merge with the one around it. What is sorted or grouped by is no part of it: the planner may
/// compute that where it reads a table, to have the rows in their order from the start; but not where it is of an aggregate.
fn after(tree: &Tree<'_>, query: usize) -> Result<Vec<bool>, TreeError> {
    let mut after = vec![false; tree.items.len()];
    let filters = filters(tree);
    for number in 0..tree.items.len() {
        let by_itself = || {
            let has = |name| Ok::<_, TreeError>(tree.word(number, name)? == "true");
            let lists = |name| Ok::<_, TreeError>(!tree.list(number, name)?.is_empty());
            Ok::<_, TreeError>(has("hasAggs")? || has("hasWindowFuncs")? || lists("groupClause")?)
        };
        if number == query || (!filters && tree.kind(number) == Some("QUERY") && by_itself()?) {
            for &target in tree.list(number, "targetList")? {
                after[target] = tree.word(target, "ressortgroupref")? == "0" || aggregates(tree, target);
            }
        }
    }
    Ok(after)
}

/// Whether an expression has an aggregate or a window function in it.
fn aggregates(tree: &Tree<'_>, expression: usize) -> bool {
    let mut open = vec![expression];
    while let Some(item) = open.pop() {
        match &tree.items[item] {
            Item::Node("AGGREF" | "WINDOWFUNC", _) => return true,
            Item::Node("SUBLINK", _) => {}
            Item::Node(_, fields) => open.extend(fields.iter().map(|(_, item)| item)),
            Item::List(items) => open.extend(items),
            Item::Word(_) | Item::Bytes => {}
        }
    }
    false
}
