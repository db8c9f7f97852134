//! What of a condition no column is in, though it is only computed when a row asks for it. PostgreSQL takes a call for one that tells of a
//! row only where it has a column of that below it (`contain_leaked_vars`); but whether it is computed at all may hang on a row: behind AND,
//! OR, CASE and COALESCE, and wherever one condition is asked after another.

use std::collections::BTreeSet;

use super::{
    Tree, TreeError,
    computed::{Computed, Reading},
    harmless::is_harmless,
    read::Item,
    scope::{Column, Scopes, is_set},
    shown::has,
};

/// Something of a condition that has no column in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Loose {
    pub(crate) computed: Computed,
    /// Whether it is computed beforehand, unless something that it calls is other than IMMUTABLE.
    pub(crate) fixed: bool,
}

/// What is only known when it is computed. A parameter's value is known when a query is planned.
const LATE: [&str; 7] =
    ["SUBLINK", "CASETESTEXPR", "COERCEVIAIO", "SQLVALUEFUNCTION", "JSONEXPR", "XMLEXPR", "COERCETODOMAIN"];
/// `RTE_VALUES` and `RTE_CTE`.
const VALUES: u32 = 5;
const WITH: u32 = 6;
/// `CTEMaterializeAlways`.
const ALWAYS: u32 = 1;

/// The largest parts of these conditions that have no column of their own query in them: one of a query around that is no column there.
pub(super) fn loose(
    tree: &Tree<'_>,
    reading: &Reading<'_, '_>,
    conditions: &[usize],
) -> Result<Vec<Loose>, TreeError> {
    let (scopes, mut all, mut seen) = (Scopes::of(tree), Vec::new(), BTreeSet::new());
    let owners = owners(tree, &scopes)?;
    let mut open = conditions.to_vec();
    while let Some(item) = open.pop() {
        if !seen.insert(item) {
            continue;
        }
        match &tree.items[item] {
            Item::List(items) => open.extend(items),
            // What a query in a condition compares is among the conditions by itself.
            Item::Word(_) | Item::Bytes(_) | Item::Node("QUERY" | "CONST" | "PARAM", _) => {}
            Item::Node(_, fields) if owners.has_own(&scopes, item) => {
                open.extend(stands(tree, &scopes, item)?.unwrap_or_default());
                open.extend(fields.iter().map(|(_, item)| item));
            }
            Item::Node(..) => {
                let fixed = !is_late(tree, &scopes, item)?;
                all.push(Loose { computed: reading.expression(item)?, fixed });
            }
        }
    }
    Ok(all)
}

/// Of each item the queries whose columns are in it, but for those within it, by their numbers: the outermost and the innermost. What is around
/// a query has a lower number.
struct Owners(Vec<Option<(usize, usize)>>);

impl Owners {
    /// Whether a column of the query that an item is in is in that.
    fn has_own(&self, scopes: &Scopes, item: usize) -> bool {
        self.0[item].is_some_and(|(_, innermost)| scopes.around(item).is_none_or(|query| query == innermost))
    }
}

fn owners(tree: &Tree<'_>, scopes: &Scopes) -> Result<Owners, TreeError> {
    let mut owners = Owners(vec![None; tree.items.len()]);
    let mut standing = vec![None; tree.items.len()];
    for item in (0..tree.items.len()).filter(|item| tree.kind(*item) == Some("VAR")) {
        let owner = scopes.entry(tree, item)?.map(|(query, _)| query).unwrap_or_default();
        standing[item] = Some((owner, stands(tree, scopes, item)?.unwrap_or_default()));
    }
    // Items refer to later ones only, but a VAR stands for any.
    loop {
        let mut changed = false;
        for item in (0..tree.items.len()).rev() {
            let of = |items: &mut dyn Iterator<Item = &usize>| {
                items
                    .filter_map(|item| owners.0[*item])
                    .reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
            };
            let within = match (&standing[item], &tree.items[item]) {
                (Some((owner, items)), _) => {
                    items.iter().all(|item| owners.has_own(scopes, *item)).then_some((*owner, *owner))
                }
                (None, Item::Node(_, fields)) => of(&mut fields.iter().map(|(_, item)| item)),
                (None, Item::List(items)) => of(&mut items.iter()),
                (None, Item::Word(_) | Item::Bytes(_)) => None,
            };
            let within = match within {
                Some((outermost, _)) if tree.kind(item) == Some("QUERY") => {
                    (outermost < item).then_some((outermost, outermost))
                }
                within => within,
            };
            changed |= owners.0[item] != within;
            owners.0[item] = within;
        }
        if !changed {
            return Ok(owners);
        }
    }
}

/// What the planner may put in the place of a VAR, where it puts the query that this is a column of into the one around it, or takes a
/// condition into that; nothing where the VAR stays what it is.
fn stands(tree: &Tree<'_>, scopes: &Scopes, var: usize) -> Result<Option<Vec<usize>>, TreeError> {
    let Some((query, entry)) =
        (tree.kind(var) == Some("VAR")).then(|| scopes.entry(tree, var)).transpose()?.flatten()
    else {
        return Ok(None);
    };
    match tree.number(entry, "rtekind")? {
        WITH => {
            let Some(one) = scopes.common(tree, entry, Some(query))? else { return Ok(None) };
            if tree.number(one, "ctematerialized")? == ALWAYS || tree.word(one, "cterecursive")? == "true" {
                return Ok(None);
            }
        }
        VALUES if tree.list(entry, "values_lists")?.len() != 1 => return Ok(None),
        _ => {}
    }
    // What is made of many rows is there when these are chosen.
    let settled = |item: usize| has(tree, item, "AGGREF") || has(tree, item, "WINDOWFUNC");
    Ok(match scopes.column(tree, var)? {
        Column::Computed(item) => (!settled(item)).then(|| vec![item]),
        Column::Within(item) if tree.kind(item) == Some("QUERY") => Some(leaves(tree, item, var)?),
        Column::Within(item) if tree.number(item, "rtekind") == Ok(VALUES) => {
            tree.field(item, "values_lists").map(|item| vec![item])
        }
        _ => None,
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

/// Whether something in an expression is only known when it is computed, whatever functions it calls.
fn is_late(tree: &Tree<'_>, scopes: &Scopes, expression: usize) -> Result<bool, TreeError> {
    let (mut open, mut seen) = (vec![expression], BTreeSet::new());
    while let Some(item) = open.pop() {
        if !seen.insert(item) {
            continue;
        }
        match &tree.items[item] {
            Item::Node(kind, _)
                if LATE.contains(kind) && (*kind != "COERCEVIAIO" || !is_harmless(tree, item)) =>
            {
                return Ok(true);
            }
            Item::Node("VAR", _) => match stands(tree, scopes, item)? {
                Some(items) => open.extend(items),
                None => return Ok(true),
            },
            Item::Node(_, fields) => open.extend(fields.iter().map(|(_, item)| item)),
            Item::List(items) => open.extend(items),
            Item::Word(_) | Item::Bytes(_) => {}
        }
    }
    Ok(false)
}
