//! What a text's conditions are made of. The server may evaluate a condition before a view's own, so it matters whether one
//! could tell what it saw (PostgreSQL manual, 41.5 "Rules and Privileges").

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{
    Tree, TreeError,
    computed::{Computed, Reading, Stands},
    kept::{Kept, chosen},
    loose::{Loose, loose},
    nulled::Nulled,
    placed::{laterals, parts},
    read::Item,
};

/// `SETOP_UNION`, the set operation that leaves out no row for another query's sake.
pub(super) const UNION: &str = "1";

/// `random()`.
const RANDOM: u32 = 1598;

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

/// What a text's conditions are made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conditions {
    /// Whatever may see rows before every condition has let them pass: what rows are sorted and grouped by too.
    pub(crate) all: Computed,
    /// What WHERE, ON and HAVING compare, which the planner moves to where rows are read.
    pub(crate) compared: Computed,
    /// What in FROM is computed for each row of something beside it: a function's arguments, VALUES, a query that is LATERAL; and what
    /// queries in FROM compute where an outer join or grouping sets have it computed as soon as it can be.
    pub(crate) beside: Computed,
    /// The relations that stand where an outer join may make their columns NULL, or below grouping sets.
    pub(crate) nulled: BTreeSet<u32>,
    /// What of what is compared has no column in it.
    pub(crate) loose: Vec<Loose>,
    /// What else of it could fail, but for the column in it.
    pub(crate) relied: Computed,
    /// What becomes of what is compared.
    pub(crate) chosen: Kept,
    /// What aggregates are given: of a lowest or a highest value the server may read rows in their order, until there is one.
    pub(crate) aggregated: BTreeMap<u32, Computed>,
    /// Whether LIMIT or OFFSET, or a query in an expression, ends the reading of rows before all are read.
    pub(crate) limited: bool,
}

/// What of a text may see rows before every condition has let them pass, where its outermost query is this: all of it but the list of its
/// result.
pub(crate) fn conditions(tree: &Tree<'_>, query: usize) -> Result<Conditions, TreeError> {
    let mut all = Computed::default();
    let reading = Reading::of_text(tree);
    let results = after(tree, query)?;
    let mut after = results.clone();
    let aliases = aliases(tree)?;
    // Items refer to later ones only, so one pass tells what belongs to a result.
    for (number, item) in tree.items.iter().enumerate() {
        match item {
            Item::List(items) if after[number] => items.iter().for_each(|item| after[*item] = true),
            Item::Node(kind, fields) if after[number] => {
                // A query within the result has conditions of its own; what an aggregate sorts by may be sorted where a table is read.
                let inner = |name: &str| *kind == "SUBLINK" && name == "subselect";
                let sorted = *kind == "TARGETENTRY"
                    && !results[number]
                    && tree.word(number, "ressortgroupref")? != "0";
                let fields = fields.iter().filter(|(name, _)| !inner(name) && !sorted);
                fields.for_each(|(_, item)| after[*item] = true);
            }
            // What a join's columns are is no part of a condition until one uses them.
            Item::Node(..) if !aliases.contains(&number) => {
                let mut open = vec![number];
                while let Some(number) = open.pop() {
                    // Whatever else a VAR stands for is in the tree by itself.
                    if let Stands::For(items) = reading.add(&mut all, number)? {
                        open.extend(items.into_iter().filter(|item| aliases.contains(item)));
                    }
                }
            }
            _ => {}
        }
    }
    let conditions = compared_in(tree, &reading)?;
    let (found, relied) = loose(tree, &reading, &conditions)?;
    let loose = all_of(found);
    let chosen = chosen(tree, &conditions)?;
    let compared = reading.compared(conditions)?;
    let nulled = Nulled::of(tree)?;
    let mut beside = laterals(tree)?;
    beside.extend(nulled.computed(tree)?);
    let beside = reading.expressions(beside)?;
    let (nulled, aggregated) = (nulled.relations(tree)?, aggregated(tree, &reading)?);
    let limited = is_limited(tree);
    Ok(Conditions { all, compared, beside, nulled, loose, relied, chosen, aggregated, limited })
}

fn is_limited(tree: &Tree<'_>) -> bool {
    let given = |item: usize, name| tree.field(item, name).is_some_and(|limit| tree.kind(limit).is_some());
    // A query in an expression ends as soon as that is known.
    let asks = (0..tree.items.len()).any(|item| tree.kind(item) == Some("SUBLINK"));
    asks || (0..tree.items.len())
        .filter(|item| tree.kind(*item) == Some("QUERY"))
        .any(|query| given(query, "limitCount") || given(query, "limitOffset"))
}

/// What each aggregate is given, wherever it stands.
fn aggregated(tree: &Tree<'_>, reading: &Reading<'_, '_>) -> Result<BTreeMap<u32, Computed>, TreeError> {
    let mut all: BTreeMap<u32, Computed> = BTreeMap::new();
    for item in (0..tree.items.len()).filter(|item| tree.kind(*item) == Some("AGGREF")) {
        if let Some(given) = tree.field(item, "args") {
            all.entry(tree.number(item, "aggfnoid")?).or_default().add(reading.expression(given)?);
        }
    }
    Ok(all)
}

/// What WHERE, ON and HAVING compare.
pub(crate) fn compared(tree: &Tree<'_>) -> Result<Computed, TreeError> {
    let reading = Reading::of(tree);
    reading.compared(compared_in(tree, &reading)?)
}

/// All that conditions ask, what queries within them compute of many rows too; but not what is asked of groups, whose rows are chosen.
pub(crate) fn asked(tree: &Tree<'_>) -> Result<Computed, TreeError> {
    let reading = Reading::of(tree);
    let mut all = leaves(tree, &reading)?;
    all.retain(|item| !aggregates(tree, *item));
    reading.asked(all)
}

/// The columns of relations that conditions compare together: of each leaf of AND, OR and NOT. What a query within gives is a value like any
/// other, and so is within that a column of the query around.
pub(crate) fn together(tree: &Tree<'_>) -> Result<Vec<BTreeMap<u32, BTreeSet<i32>>>, TreeError> {
    let reading = Reading::of(tree);
    let leaves = leaves(tree, &reading)?.into_iter();
    leaves.map(|leaf| Ok(reading.compared(columns_of(tree, leaf)?)?.columns)).collect()
}

/// The columns of its own query that an expression is made of, but for what aggregates are given.
fn columns_of(tree: &Tree<'_>, expression: usize) -> Result<Vec<usize>, TreeError> {
    let (mut all, mut open) = (Vec::new(), vec![expression]);
    while let Some(item) = open.pop() {
        match &tree.items[item] {
            Item::Node("VAR", _) if tree.number(item, "varlevelsup")? == 0 => all.push(item),
            Item::Node("VAR" | "AGGREF" | "WINDOWFUNC" | "QUERY", _) => {}
            Item::Node(_, fields) => open.extend(fields.iter().map(|(_, item)| item)),
            Item::List(items) => open.extend(items),
            Item::Word(_) | Item::Bytes(_) => {}
        }
    }
    Ok(all)
}

/// What AND, OR and NOT connect of what is compared, at any depth: the planner flattens them, takes out what all branches of an OR have, and asks a
/// relation what each of them asks of it.
fn leaves(tree: &Tree<'_>, reading: &Reading<'_, '_>) -> Result<Vec<usize>, TreeError> {
    Ok(compared_in(tree, reading)?.into_iter().flat_map(|item| parts(tree, item)).collect())
}

/// What becomes of what a view's own conditions compare.
pub(crate) fn kept_by_conditions(tree: &Tree<'_>) -> Result<Kept, TreeError> {
    chosen(tree, &compared_in(tree, &Reading::of(tree))?)
}

/// What of a view's conditions may be computed though no row is in it.
pub(crate) fn loosely(tree: &Tree<'_>) -> Result<Vec<Loose>, TreeError> {
    let reading = Reading::of(tree);
    Ok(all_of(loose(tree, &reading, &compared_in(tree, &reading)?)?.0))
}

fn all_of(found: Vec<(usize, Loose)>) -> Vec<Loose> {
    found.into_iter().map(|(_, loose)| loose).collect()
}

/// The expressions that are compared.
fn compared_in(tree: &Tree<'_>, reading: &Reading<'_, '_>) -> Result<Vec<usize>, TreeError> {
    let compared = (0..tree.items.len()).filter_map(|number| match tree.kind(number) {
        Some("FROMEXPR" | "JOINEXPR") => tree.field(number, "quals"),
        Some("QUERY") => tree.field(number, "havingQual"),
        _ => None,
    });
    let mut compared: Vec<usize> = compared.collect();
    // What is put in the place of a function in FROM compares what it is given.
    for number in 0..tree.items.len() {
        if tree.kind(number) == Some("FUNCEXPR") && reading.is_merged(number)? {
            compared.extend(tree.field(number, "args"));
        }
    }
    Ok(compared)
}

/// The VARs that say what the columns of a join are.
fn aliases(tree: &Tree<'_>) -> Result<HashSet<usize>, TreeError> {
    let mut all = HashSet::new();
    for number in 0..tree.items.len() {
        if matches!(tree.kind(number), Some("RTE" | "RANGETBLENTRY"))
            && tree.field(number, "joinaliasvars").is_some()
        {
            all.extend(tree.list(number, "joinaliasvars")?);
        }
    }
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
                after[target] = tree.word(target, "ressortgroupref")? == "0"
                    || aggregates(tree, target)
                    || is_random(tree, target);
            }
        }
    }
    Ok(after)
}

/// Whether rows are sorted by `random()`: what is VOLATILE is no order that a table is read in.
fn is_random(tree: &Tree<'_>, target: usize) -> bool {
    tree.field(target, "expr").is_some_and(|call| tree.number(call, "funcid") == Ok(RANDOM))
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
            Item::Word(_) | Item::Bytes(_) => {}
        }
    }
    false
}
