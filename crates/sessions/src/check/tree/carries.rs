//! Where a column of a query stays below what is computed of it, so that PostgreSQL finds it there (`contain_leaked_vars`), whatever the
//! planner folds, merges and leaves out before.

use std::collections::BTreeMap;

use super::{
    Tree, TreeError, constant,
    read::Item,
    scope::{Column, Scopes, is_set},
    times::is_now,
};

/// What gives on the column that it is given.
const PASSING: [&str; 8] = [
    "RELABELTYPE",
    "COLLATE",
    "COLLATEEXPR",
    "COERCEVIAIO",
    "FIELDSELECT",
    "NAMEDARGEXPR",
    "ARRAYCOERCEEXPR",
    "TARGETENTRY",
];
/// `FirstNormalObjectId`.
const FIRST_NORMAL: u32 = 16_384;
/// `RTE_RELATION`, `RTE_FUNCTION`, `RTE_VALUES` and `RTE_CTE`.
const RELATION: u32 = 0;
const FUNCTION: u32 = 3;
const VALUES: u32 = 5;
const WITH: u32 = 6;
/// `@>` of a range and an element, and `<@`: from 17 on a constant range without bounds, or without anything, makes them a constant
/// (`SupportRequestSimplify`). The other functions that PostgreSQL simplifies keep what they are given.
const SIMPLIFIED: [u32; 2] = [3858, 3860];
/// `COERCE_IMPLICIT_CAST`.
const IMPLICIT: u32 = 2;
/// `CTEMaterializeAlways`.
const ALWAYS: u32 = 1;

/// Whether an item has a column of its own query in it for sure, whatever the planner leaves out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carries {
    No,
    Column,
    /// The column of a view, which may be a constant.
    OfView(u32, i32),
}

impl Carries {
    pub(super) fn of<'i>(carries: &[Self], mut items: impl Iterator<Item = &'i usize>) -> Self {
        let mut best = Self::No;
        while let Some(item) = items.next().filter(|_| best != Self::Column) {
            best = if carries[*item] == Self::No { best } else { carries[*item] };
        }
        best
    }

    /// Where all of some have to.
    fn all<'i>(carries: &[Self], mut items: impl Iterator<Item = &'i usize>) -> Self {
        let Some(first) = items.next().map(|item| carries[*item]) else { return Self::No };
        items.fold(first, |all, item| match (all, carries[*item]) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Column, other) => other,
            (all, Self::Column) => all,
            (all, other) if all == other => all,
            _ => Self::No,
        })
    }
}

/// The same of the columns of a view, of whose body this is the query, by their numbers.
pub(crate) fn carried(tree: &Tree<'_>, query: usize) -> Result<BTreeMap<i32, Carries>, TreeError> {
    let (_, carries) = carrying(tree, &Scopes::of(tree))?;
    let of = |target: &usize| {
        let number = tree.word(*target, "resno")?.parse();
        let number = number.map_err(|_| TreeError::Shape("resno".to_owned()))?;
        Ok((number, carries[*target]))
    };
    tree.list(query, "targetList")?.iter().map(of).collect()
}

/// And of an expression over one row.
pub(crate) fn carries_own(tree: &Tree<'_>) -> Result<Carries, TreeError> {
    Ok(carrying(tree, &Scopes::of(tree))?.1[0])
}

/// What VARs stand for.
pub(super) type Standing = BTreeMap<usize, Vec<usize>>;

/// Which items have a column of their own query in them for sure, whatever the planner leaves out of them: through calls alone, of the
/// server's own, beside which nothing is NULL. And what VARs stand for.
pub(super) fn carrying(tree: &Tree<'_>, scopes: &Scopes) -> Result<(Standing, Vec<Carries>), TreeError> {
    let mut carries = vec![Carries::No; tree.items.len()];
    let mut standing = Standing::new();
    let mut asked = Vec::new();
    for item in (0..tree.items.len()).rev() {
        match tree.kind(item) {
            // One of a query around is no column where it stands.
            Some("VAR") if tree.number(item, "varlevelsup")? > 0 => {}
            Some("VAR") => match stands(tree, scopes, item)? {
                Stand::Itself => carries[item] = column(tree, scopes, item)?,
                Stand::Gone(items) => drop(standing.insert(item, items)),
                Stand::For(items) => {
                    standing.insert(item, items);
                    asked.push(item);
                }
            },
            Some("AGGREF") if tree.number(item, "agglevelsup")? == 0 => carries[item] = Carries::Column,
            Some("WINDOWFUNC") => carries[item] = Carries::Column,
            Some("FUNCEXPR" | "OPEXPR" | "SUBSCRIPTINGREF" | "COALESCE" | "COALESCEEXPR") => asked.push(item),
            Some("MINMAX" | "MINMAXEXPR") => asked.push(item),
            Some(kind) if PASSING.contains(&kind) => asked.push(item),
            Some(_) => {}
            None if matches!(tree.items[item], Item::List(_)) => asked.push(item),
            None => {}
        }
    }
    // Items refer to later ones only, but a VAR stands for any.
    loop {
        let mut changed = false;
        asked.retain(|item| {
            carries[*item] = carries_on(tree, &standing, &carries, *item);
            changed |= carries[*item] != Carries::No;
            carries[*item] == Carries::No
        });
        if !changed {
            break;
        }
    }
    Ok((standing, carries))
}

/// The column of a relation.
fn column(tree: &Tree<'_>, scopes: &Scopes, var: usize) -> Result<Carries, TreeError> {
    let Some((_, entry)) = scopes.entry(tree, var)? else { return Ok(Carries::Column) };
    if tree.number(entry, "rtekind")? != RELATION || tree.word(entry, "relkind")? != "v" {
        return Ok(Carries::Column);
    }
    let number = tree.word(var, "varattno")?.parse().map_err(|_| TreeError::Shape("varattno".to_owned()))?;
    Ok(Carries::OfView(tree.number(entry, "relid")?, number))
}

fn carries_on(tree: &Tree<'_>, standing: &Standing, carries: &[Carries], item: usize) -> Carries {
    let of = |name: &str| tree.field(item, name).map_or(Carries::No, |item| carries[item]);
    match (tree.kind(item), &tree.items[item]) {
        (Some("VAR"), _) => Carries::all(carries, standing.get(&item).into_iter().flatten()),
        (Some("TARGETENTRY"), _) => of("expr"),
        (Some("SUBSCRIPTINGREF"), _) => of("refexpr"),
        (Some(kind), _) if PASSING.contains(&kind) => of("arg"),
        // What stands first stays, unless it is a constant; of GREATEST and LEAST all does.
        (Some("COALESCE" | "COALESCEEXPR"), _) => {
            Carries::of(carries, tree.list(item, "args").unwrap_or_default().iter().take(1))
        }
        (Some("MINMAX" | "MINMAXEXPR"), _) => {
            Carries::of(carries, tree.list(item, "args").unwrap_or_default().iter())
        }
        (Some("FUNCEXPR" | "OPEXPR"), _) if !is_made(tree, item) && !is_simplified(tree, item) => {
            let given = tree.list(item, "args").unwrap_or_default();
            let is_kept = |item: &usize| carries[*item] != Carries::No || is_something(tree, *item);
            // NULL for one of them is NULL for the call.
            let carried = given.iter().filter(|item| carries[**item] != Carries::No);
            if given.iter().all(is_kept) { Carries::all(carries, carried) } else { Carries::No }
        }
        (None, Item::List(items)) => Carries::all(carries, items.iter()),
        _ => Carries::No,
    }
}

/// Whether an expression is a constant that is not NULL, or one that the parser casts.
fn is_something(tree: &Tree<'_>, mut expression: usize) -> bool {
    for _ in 0..4 {
        let cast = tree.kind(expression) == Some("FUNCEXPR")
            && tree.number(expression, "funcformat") == Ok(IMPLICIT)
            && !is_made(tree, expression);
        match tree.list(expression, "args").ok().filter(|_| cast).and_then(|given| given.first()) {
            Some(of) => expression = *of,
            None => break,
        }
    }
    match tree.kind(expression) {
        Some("CONST") => !constant::is_null(tree, expression),
        Some("SQLVALUEFUNCTION") => true,
        _ => is_now(tree, expression),
    }
}

/// Whether a node calls what somebody made.
pub(super) fn is_made(tree: &Tree<'_>, node: usize) -> bool {
    calls(tree, node).any(|oid| oid >= FIRST_NORMAL)
}

fn calls(tree: &Tree<'_>, node: usize) -> impl Iterator<Item = u32> {
    ["funcid", "opfuncid"].into_iter().filter_map(move |name| tree.number(node, name).ok())
}

/// Whether the planner may put something in the place of a call that has nothing of what that is given.
fn is_simplified(tree: &Tree<'_>, node: usize) -> bool {
    calls(tree, node).any(|oid| SIMPLIFIED.contains(&oid))
}

/// What the planner may put in the place of a VAR.
pub(super) enum Stand {
    /// Nothing: it stays what it is.
    Itself,
    /// A constant, it may be, that these compute.
    Gone(Vec<usize>),
    /// What a query computes that it puts into the one around it, or into which it takes a condition.
    For(Vec<usize>),
}

/// Whether a VAR is the column of a query that WITH keeps by itself, whatever is around it.
pub(super) fn is_kept(tree: &Tree<'_>, scopes: &Scopes, var: usize) -> Result<bool, TreeError> {
    let Some((query, entry)) = scopes.entry(tree, var)? else { return Ok(false) };
    if tree.number(entry, "rtekind")? != WITH {
        return Ok(false);
    }
    let Some(one) = scopes.common(tree, entry, Some(query))? else { return Ok(false) };
    Ok(tree.number(one, "ctematerialized")? == ALWAYS || tree.word(one, "cterecursive")? == "true")
}

pub(super) fn stands(tree: &Tree<'_>, scopes: &Scopes, var: usize) -> Result<Stand, TreeError> {
    let Some((query, entry)) = scopes.entry(tree, var)? else { return Ok(Stand::Itself) };
    match tree.number(entry, "rtekind")? {
        // The row of a function may be a constant.
        FUNCTION => {
            let [one] = tree.list(entry, "functions")? else { return Ok(Stand::Itself) };
            let call = tree.field(*one, "funcexpr").filter(|call| tree.kind(*call) == Some("FUNCEXPR"));
            let set = call.is_some_and(|call| tree.word(call, "funcretset") == Ok("true"));
            return Ok(if set { Stand::Itself } else { Stand::Gone(call.into_iter().collect()) });
        }
        WITH if scopes.common(tree, entry, Some(query))?.is_none() || is_kept(tree, scopes, var)? => {
            return Ok(Stand::Itself);
        }
        VALUES if tree.list(entry, "values_lists")?.len() != 1 => return Ok(Stand::Itself),
        VALUES => return Ok(Stand::Gone(tree.field(entry, "values_lists").into_iter().collect())),
        _ => {}
    }
    Ok(match scopes.column(tree, var)? {
        Column::Computed(item) => Stand::For(vec![item]),
        Column::Within(item) if tree.kind(item) == Some("QUERY") => Stand::For(leaves(tree, item, var)?),
        Column::Within(item) | Column::Row(item) => Stand::Gone(vec![item]),
        Column::Of(..) | Column::Own(_) => Stand::Itself,
    })
}

/// A column of each of the queries that a set operation puts together, or all that a whole row is made of.
fn leaves(tree: &Tree<'_>, query: usize, var: usize) -> Result<Vec<usize>, TreeError> {
    let shape = || TreeError::Shape("varattno".to_owned());
    let place: usize = tree.word(var, "varattno")?.parse().map_err(|_| shape())?;
    let (mut all, mut open) = (Vec::new(), vec![query]);
    while let Some(query) = open.pop() {
        if is_set(tree, query) {
            let entries = tree.list(query, "rtable")?.iter();
            let leaves = entries.filter_map(|entry| tree.field(*entry, "subquery"));
            open.extend(leaves.filter(|leaf| tree.kind(*leaf) == Some("QUERY")));
            continue;
        }
        let targets = tree.list(query, "targetList")?;
        match place.checked_sub(1) {
            None => all.extend(targets),
            Some(place) => all.push(*targets.get(place).ok_or_else(shape)?),
        }
    }
    // What stands for nothing would be nothing to judge.
    if all.is_empty() { Err(shape()) } else { Ok(all) }
}
