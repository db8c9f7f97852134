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

/// Whether a tree leaves rows out: by WHERE, ON, HAVING and LIMIT, by INTERSECT and EXCEPT.
pub(super) fn filters(tree: &Tree<'_>) -> bool {
    let filters = |kind: &str, (name, value): &(&str, usize)| match (*name, &tree.items[*value]) {
        ("quals" | "havingQual" | "limitCount" | "limitOffset", value) => !matches!(value, Item::Word("<>")),
        ("op", Item::Word(op)) => kind == "SETOPERATIONSTMT" && *op != UNION,
        _ => false,
    };
    tree.items.iter().any(
        |item| matches!(item, Item::Node(kind, fields) if fields.iter().any(|field| filters(kind, field))),
    )
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

/// Marks the lists of results that are made of rows that every condition has let pass: the outermost query's; and where no query leaves
/// rows out, that of each which the planner does not merge with the one around it.
fn after(tree: &Tree<'_>, query: usize) -> Result<Vec<bool>, TreeError> {
    let mut after = vec![false; tree.items.len()];
    let filters = filters(tree);
    for number in 0..tree.items.len() {
        let by_itself = || {
            let has = |name| Ok::<_, TreeError>(tree.word(number, name)? == "true");
            let lists = |name| Ok::<_, TreeError>(!tree.list(number, name)?.is_empty());
            Ok::<_, TreeError>(has("hasAggs")? || has("hasWindowFuncs")? || lists("groupClause")?)
        };
        let is = number == query || (!filters && tree.kind(number) == Some("QUERY") && by_itself()?);
        if let Some(result) = tree.field(number, "targetList").filter(|_| is) {
            after[result] = true;
        }
    }
    Ok(after)
}
