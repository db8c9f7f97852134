//! What of a condition PostgreSQL takes for what tells nothing of a row, since it finds no column of that below it (`contain_leaked_vars`),
//! though it is only computed when a row asks for it: behind AND, OR, CASE and COALESCE, and wherever one condition is asked after another.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Tree, TreeError,
    computed::{Computed, Reading},
    constant,
    quiet::{self, Quiet},
    read::Item,
    scope::{Column, Scopes, is_set},
};

/// A call in a condition that has no column of its own query among what it is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Loose {
    /// What it is by itself.
    pub(crate) computed: Computed,
    /// The functions in it, all of which have to be IMMUTABLE for it to be computed beforehand; nothing where it is not in any case.
    pub(crate) folded: Option<BTreeSet<u32>>,
    /// What a query in the condition does.
    pub(crate) quiet: Option<Quiet>,
}

/// What the planner computes beforehand (`eval_const_expressions`), if functions are IMMUTABLE and nothing else is in it.
const FOLDED: [&str; 20] = [
    "CONST",
    "PARAM",
    "FUNCEXPR",
    "OPEXPR",
    "DISTINCTEXPR",
    "SCALARARRAYOPEXPR",
    "RELABELTYPE",
    "BOOLEXPR",
    "NULLTEST",
    "BOOLEANTEST",
    "CASE",
    "CASEEXPR",
    "WHEN",
    "CASEWHEN",
    "COALESCE",
    "COALESCEEXPR",
    "ARRAY",
    "ARRAYEXPR",
    "NAMEDARGEXPR",
    "COLLATEEXPR",
];
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
/// `RTE_FUNCTION`, `RTE_VALUES` and `RTE_CTE`.
const FUNCTION: u32 = 3;
const VALUES: u32 = 5;
const WITH: u32 = 6;
/// `CTEMaterializeAlways`.
const ALWAYS: u32 = 1;
/// The most steps that are taken to find what is computed beforehand.
const MOST_STEPS: usize = 2_000_000;

/// What of these conditions is so.
pub(super) fn loose(
    tree: &Tree<'_>,
    reading: &Reading<'_, '_>,
    conditions: &[usize],
) -> Result<Vec<Loose>, TreeError> {
    let scopes = Scopes::of(tree);
    let (standing, carries) = carrying(tree, &scopes)?;
    let (mut all, mut seen, mut steps) = (Vec::new(), BTreeSet::new(), 0);
    let mut open = conditions.to_vec();
    while let Some(item) = open.pop() {
        if !seen.insert(item) {
            continue;
        }
        match &tree.items[item] {
            Item::List(items) => open.extend(items),
            // What a query in a condition compares is among the conditions by itself.
            Item::Word(_) | Item::Bytes(_) | Item::Node("QUERY" | "CONST" | "PARAM", _) => {}
            Item::Node("SUBLINK", _) => {
                open.extend(tree.field(item, "testexpr"));
                open.extend(quiet::compared_with(tree, item)?);
                if let Some(quiet) = quiet::asked_for(tree, reading, item)? {
                    all.push(Loose { quiet: Some(quiet), ..Loose::default() });
                }
            }
            Item::Node(kind, fields) => {
                open.extend(standing.get(&item).into_iter().flatten());
                open.extend(fields.iter().map(|(_, item)| item));
                let given = fields.iter().flat_map(|(_, item)| match &tree.items[*item] {
                    Item::List(items) => items.as_slice(),
                    _ => std::slice::from_ref(item),
                });
                let mut computed = Computed::default();
                if *kind == "VAR" || given.into_iter().any(|item| carries[*item]) {
                    continue;
                }
                reading.add(&mut computed, item)?;
                if computed != Computed::default() {
                    all.push(Loose { computed, folded: folded(tree, item, &mut steps)?, quiet: None });
                }
            }
        }
    }
    Ok(all)
}

/// What VARs stand for.
type Standing = BTreeMap<usize, Vec<usize>>;

/// Which items have a column of their own query in them for sure, whatever the planner leaves out of them: through calls alone, of the
/// server's own, beside which nothing is NULL. And what VARs stand for.
fn carrying(tree: &Tree<'_>, scopes: &Scopes) -> Result<(Standing, Vec<bool>), TreeError> {
    let mut carries = vec![false; tree.items.len()];
    let mut standing = Standing::new();
    let mut asked = Vec::new();
    for item in (0..tree.items.len()).rev() {
        match tree.kind(item) {
            Some("VAR") if tree.number(item, "varlevelsup")? == 0 => match stands(tree, scopes, item)? {
                Stand::Itself => carries[item] = true,
                Stand::Gone(items) => drop(standing.insert(item, items)),
                Stand::For(items) => {
                    standing.insert(item, items);
                    asked.push(item);
                }
            },
            Some("AGGREF") => carries[item] = tree.number(item, "agglevelsup")? == 0,
            Some("WINDOWFUNC") => carries[item] = true,
            Some(_) => asked.push(item),
            None if matches!(tree.items[item], Item::List(_)) => asked.push(item),
            None => {}
        }
    }
    // Items refer to later ones only, but a VAR stands for any.
    loop {
        let mut changed = false;
        asked.retain(|item| {
            let found = carries_on(tree, &standing, &carries, *item);
            carries[*item] = found;
            changed |= found;
            !found
        });
        if !changed {
            return Ok((standing, carries));
        }
    }
}

fn carries_on(tree: &Tree<'_>, standing: &Standing, carries: &[bool], item: usize) -> bool {
    let of = |name: &str| tree.field(item, name).is_some_and(|item| carries[item]);
    match (tree.kind(item), &tree.items[item]) {
        (Some("VAR"), _) => standing.get(&item).is_some_and(|items| items.iter().all(|item| carries[*item])),
        (Some("TARGETENTRY"), _) => of("expr"),
        (Some("SUBSCRIPTINGREF"), _) => of("refexpr"),
        (Some(kind), _) if PASSING.contains(&kind) => of("arg"),
        (Some("FUNCEXPR" | "OPEXPR"), _) => {
            let own = |name: &str| tree.number(item, name).is_ok_and(|oid| oid < FIRST_NORMAL);
            let given = tree.list(item, "args").unwrap_or_default();
            let kept = |item: &usize| {
                carries[*item] || tree.kind(*item) == Some("CONST") && !constant::is_null(tree, *item)
            };
            (own("funcid") || own("opfuncid"))
                && given.iter().any(|item| carries[*item])
                && given.iter().all(kept)
        }
        (None, Item::List(items)) => !items.is_empty() && items.iter().all(|item| carries[*item]),
        _ => false,
    }
}

/// What the planner may put in the place of a VAR.
enum Stand {
    /// Nothing: it stays what it is.
    Itself,
    /// A constant, it may be, that these compute.
    Gone(Vec<usize>),
    /// What a query computes that it puts into the one around it, or into which it takes a condition.
    For(Vec<usize>),
}

fn stands(tree: &Tree<'_>, scopes: &Scopes, var: usize) -> Result<Stand, TreeError> {
    let Some((query, entry)) = scopes.entry(tree, var)? else { return Ok(Stand::Itself) };
    match tree.number(entry, "rtekind")? {
        // The row of a function may be a constant.
        FUNCTION => {
            let [one] = tree.list(entry, "functions")? else { return Ok(Stand::Itself) };
            let call = tree.field(*one, "funcexpr").filter(|call| tree.kind(*call) == Some("FUNCEXPR"));
            let set = call.is_some_and(|call| tree.word(call, "funcretset") == Ok("true"));
            return Ok(if set { Stand::Itself } else { Stand::Gone(call.into_iter().collect()) });
        }
        WITH => {
            let Some(one) = scopes.common(tree, entry, Some(query))? else { return Ok(Stand::Itself) };
            if tree.number(one, "ctematerialized")? == ALWAYS || tree.word(one, "cterecursive")? == "true" {
                return Ok(Stand::Itself);
            }
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

/// A column of each of the queries that a set operation puts together.
fn leaves(tree: &Tree<'_>, query: usize, var: usize) -> Result<Vec<usize>, TreeError> {
    let place: usize = tree.word(var, "varattno")?.parse().unwrap_or_default();
    let (mut all, mut open) = (Vec::new(), vec![query]);
    while let Some(query) = open.pop() {
        for &entry in tree.list(query, "rtable")? {
            let leaf = tree.field(entry, "subquery").filter(|leaf| tree.kind(*leaf) == Some("QUERY"));
            let Some(leaf) = leaf else { continue };
            if is_set(tree, leaf) {
                open.push(leaf);
            } else {
                let targets = tree.list(leaf, "targetList")?;
                all.extend(place.checked_sub(1).and_then(|place| targets.get(place)));
            }
        }
    }
    Ok(all)
}

/// The functions in an expression, where the planner computes it beforehand if they are all IMMUTABLE.
fn folded(tree: &Tree<'_>, expression: usize, steps: &mut usize) -> Result<Option<BTreeSet<u32>>, TreeError> {
    let (mut functions, mut open) = (BTreeSet::new(), vec![expression]);
    while let Some(item) = open.pop() {
        *steps += 1;
        match &tree.items[item] {
            Item::Node(kind, fields) if FOLDED.contains(kind) && *steps < MOST_STEPS => {
                for name in ["funcid", "opfuncid"] {
                    match tree.field(item, name).map(|_| tree.number(item, name)).transpose()? {
                        // A record of one is not computed beforehand.
                        Some(oid) if oid >= FIRST_NORMAL => return Ok(None),
                        Some(oid) => drop(functions.insert(oid)),
                        None => {}
                    }
                }
                open.extend(fields.iter().map(|(_, item)| item));
            }
            Item::Node(..) => return Ok(None),
            Item::List(items) => open.extend(items),
            Item::Word(_) | Item::Bytes(_) => {}
        }
    }
    Ok(Some(functions))
}
