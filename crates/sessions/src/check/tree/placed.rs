//! What the planner evaluates where its columns are read, before what is joined there has hidden any row: what is LATERAL, and what it has to
//! keep apart from what becomes of it above an outer join or grouping sets (a PlaceHolderVar).

use std::collections::BTreeSet;

use super::{
    Tree, TreeError,
    computed::{Computed, Reading},
    conditions::UNION,
    nulled::{Nulled, below_outer_joins},
    read::Item,
    scope::{Scopes, is_set},
    stays::{Merged, queries},
};

/// `unnest` of an array, `generate_series` of whole numbers by ones: they fail for no value.
const QUIET: [u32; 3] = [2331, 1067, 1069];

/// What a view's body evaluates so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) computed: Computed,
    /// What is made in FROM of no column beside it, and queries there that stay by themselves: asked as soon as a row leads there.
    pub(crate) apart: Computed,
    /// Queries in FROM and WITH that are merged with the one around them, but where something is VOLATILE in what they give, or anywhere in one
    /// of WITH.
    pub(crate) merged: Vec<Merged>,
    /// The relations that stand where an outer join may make their columns NULL, or below grouping sets: what a view computes is placed there.
    pub(crate) nulled: BTreeSet<u32>,
}

/// What a tree evaluates so of the columns of relations.
pub(crate) fn placed(tree: &Tree<'_>) -> Result<Placed, TreeError> {
    let (reading, nulled, scopes) = (Reading::of(tree), Nulled::of(tree)?, Scopes::of(tree));
    let mut all = nulled.computed(tree)?;
    all.extend(leaves(tree)?);
    all.extend(below_outer_joins(tree)?);
    all.extend(left_out(tree)?);
    for item in laterals(tree)? {
        match &tree.items[item] {
            Item::Node("QUERY", _) => all.extend(from_outside(tree, &scopes, item)?),
            Item::List(items) => all.extend(items),
            _ => all.push(item),
        }
    }
    let (mut computed, mut apart) = (Computed::default(), Computed::default());
    for item in all {
        let one = reading.expression(item)?;
        if one.columns.is_empty() && one.rows.is_empty() {
            apart.add(one);
        } else {
            computed.add(one);
        }
    }
    let (staying, merged) = queries(tree)?;
    for query in staying {
        apart.add(reading.expression(query)?);
    }
    let merged = merged.into_iter().map(|part| Merged::of(tree, &reading, part)).collect::<Result<_, _>>()?;
    Ok(Placed { computed, apart, merged, nulled: nulled.relations(tree)? })
}

/// What a query computes of rows that it leaves out afterwards: what aggregates and groups are made of, where HAVING leaves groups out; all of its
/// result, where DISTINCT ON, LIMIT, EXCEPT, INTERSECT or a set without rows leaves out some.
fn left_out(tree: &Tree<'_>) -> Result<Vec<usize>, TreeError> {
    let mut all = Vec::new();
    // No comparison is taken behind LIMIT where that is the last that is done.
    let first = (0..tree.items.len()).find(|item| tree.kind(*item) == Some("QUERY"));
    for query in (0..tree.items.len()).filter(|item| tree.kind(*item) == Some("QUERY")) {
        let given = |name| tree.field(query, name).is_some_and(|item| tree.kind(item).is_some());
        let flag = |name| Ok::<_, TreeError>(tree.word(query, name)? == "true");
        let limited = Some(query) != first && (given("limitCount") || given("limitOffset"));
        let some = flag("hasDistinctOn")? || flag("hasTargetSRFs")? || limited;
        let grouped = given("havingQual");
        if grouped {
            all.extend(aggregates_of(tree, query));
        }
        // What is sorted, grouped or told apart by is compared: records, and what has a comparison of the application's own.
        let clauses = ["sortClause", "groupClause", "distinctClause"];
        if some || grouped {
            all.extend(clauses.iter().filter_map(|name| tree.field(query, name)));
        }
        for &target in tree.list(query, "targetList")? {
            let group = grouped && tree.word(target, "ressortgroupref")? != "0";
            all.extend(tree.field(target, "expr").filter(|_| some || group));
        }
        if is_set(tree, query) && !is_union(tree, query) {
            let leaves =
                tree.list(query, "rtable")?.iter().filter_map(|entry| tree.field(*entry, "subquery"));
            for leaf in leaves.filter(|leaf| tree.kind(*leaf) == Some("QUERY")) {
                all.extend(
                    tree.list(leaf, "targetList")?.iter().filter_map(|target| tree.field(*target, "expr")),
                );
            }
        }
    }
    Ok(all)
}

/// The aggregates of a query, those among them that stand in a query within, and may be of the one around.
fn aggregates_of(tree: &Tree<'_>, query: usize) -> Vec<usize> {
    let (mut all, mut open) = (Vec::new(), Vec::new());
    open.extend(["targetList", "havingQual"].iter().filter_map(|name| tree.field(query, name)));
    while let Some(item) = open.pop() {
        match tree.kind(item) {
            Some("AGGREF") => all.push(item),
            _ => open.extend(within(tree, item)),
        }
    }
    all
}

/// Whether a set operation is UNION alone, at any depth.
fn is_union(tree: &Tree<'_>, query: usize) -> bool {
    let mut open: Vec<usize> = tree.field(query, "setOperations").into_iter().collect();
    while let Some(item) = open.pop() {
        if tree.kind(item) == Some("SETOPERATIONSTMT") {
            if tree.word(item, "op") != Ok(UNION) {
                return false;
            }
            open.extend(["larg", "rarg"].iter().filter_map(|side| tree.field(item, side)));
        }
    }
    true
}

/// What the queries compute that a set operation in FROM or WITH puts together.
fn leaves(tree: &Tree<'_>) -> Result<Vec<usize>, TreeError> {
    let mut all = Vec::new();
    let sets = (0..tree.items.len()).filter(|item| tree.kind(*item) == Some("QUERY") && is_set(tree, *item));
    // The first query of a tree is all of it.
    let first = (0..tree.items.len()).find(|item| tree.kind(*item) == Some("QUERY"));
    for query in sets.filter(|query| Some(*query) != first) {
        for &entry in tree.list(query, "rtable")? {
            let leaf = tree.field(entry, "subquery").filter(|leaf| tree.kind(*leaf) == Some("QUERY"));
            let Some(leaf) = leaf else { continue };
            let computed =
                tree.list(leaf, "targetList")?.iter().filter_map(|target| tree.field(*target, "expr"));
            all.extend(computed.filter(|expression| tree.kind(*expression) != Some("VAR")));
        }
    }
    Ok(all)
}

/// What is in FROM and may refer to what stands beside it.
pub(super) fn laterals(tree: &Tree<'_>) -> Result<Vec<usize>, TreeError> {
    let mut all = Vec::new();
    for number in 0..tree.items.len() {
        if !matches!(tree.kind(number), Some("RTE" | "RANGETBLENTRY")) {
            continue;
        }
        let fields = ["values_lists", "tablefunc", "tablesample"];
        all.extend(fields.iter().filter_map(|name| tree.field(number, name)));
        if tree.field(number, "functions").is_some() {
            for &function in tree.list(number, "functions")? {
                all.extend(called(tree, function)?);
            }
        }
        if tree.word(number, "lateral")? == "true" {
            all.extend(tree.field(number, "subquery"));
        }
    }
    Ok(all)
}

/// The expressions of a query that are made of columns from outside of it, or of what is made of such in its FROM.
fn from_outside(tree: &Tree<'_>, scopes: &Scopes, query: usize) -> Result<Vec<usize>, TreeError> {
    let (mut all, mut open) = (Vec::new(), vec![query]);
    while let Some(item) = open.pop() {
        let Item::Node(kind, fields) = &tree.items[item] else {
            open.extend(within(tree, item));
            continue;
        };
        for (name, inner) in fields {
            match (*kind, *name) {
                ("FROMEXPR" | "JOINEXPR", "quals")
                | ("QUERY", "havingQual" | "limitCount" | "limitOffset")
                | ("TARGETENTRY", "expr")
                | ("WINDOWCLAUSE", _) => {
                    for part in parts(tree, *inner) {
                        if is_from_outside(tree, scopes, part, query)? {
                            all.push(part);
                        }
                    }
                }
                _ => open.push(*inner),
            }
        }
    }
    Ok(all)
}

/// What AND, OR and NOT connect in an expression.
pub(super) fn parts(tree: &Tree<'_>, expression: usize) -> Vec<usize> {
    let (mut all, mut open) = (Vec::new(), vec![expression]);
    while let Some(item) = open.pop() {
        match (&tree.items[item], tree.kind(item)) {
            (Item::List(items), _) => open.extend(items),
            (_, Some("BOOLEXPR")) => open.extend(tree.field(item, "args")),
            _ => all.push(item),
        }
    }
    all
}

fn is_from_outside(
    tree: &Tree<'_>,
    scopes: &Scopes,
    expression: usize,
    query: usize,
) -> Result<bool, TreeError> {
    let (mut open, mut seen) = (vec![expression], BTreeSet::new());
    while let Some(item) = open.pop() {
        if !seen.insert(item) {
            continue;
        }
        if tree.kind(item) == Some("VAR") {
            match scopes.entry(tree, item)? {
                // What is around a query has a lower number.
                Some((owner, entry)) if owner >= query => open.push(entry),
                _ => return Ok(true),
            }
        }
        open.extend(within(tree, item));
    }
    Ok(false)
}

/// What is in an item.
pub(super) fn within(tree: &Tree<'_>, item: usize) -> Vec<usize> {
    match &tree.items[item] {
        Item::Node(_, fields) => fields.iter().map(|(_, item)| *item).collect(),
        Item::List(items) => items.to_vec(),
        Item::Word(_) | Item::Bytes(_) => Vec::new(),
    }
}

/// What a function in FROM could tell of: itself, or only what it is given.
fn called(tree: &Tree<'_>, function: usize) -> Result<Option<usize>, TreeError> {
    let Some(call) = tree.field(function, "funcexpr").filter(|call| tree.kind(*call) == Some("FUNCEXPR"))
    else {
        return Ok(Some(function));
    };
    let quiet = QUIET.contains(&tree.number(call, "funcid")?);
    Ok(if quiet { tree.field(call, "args") } else { Some(call) })
}
