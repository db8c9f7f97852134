//! What of a condition PostgreSQL takes for what tells nothing of a row, since it finds no column of that below it (`contain_leaked_vars`),
//! though it is only computed when a row asks for it: behind AND, OR, CASE and COALESCE, and wherever one condition is asked after another.

use std::collections::BTreeSet;

use super::{
    Tree, TreeError,
    carries::{Carries, carrying, correlated, is_made},
    computed::{Computed, Reading},
    quiet::{self, Quiet},
    read::Item,
    scope::Scopes,
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
    /// The column that it is given after all, if the view that this is of does not compute it by none.
    pub(crate) by: Option<(u32, i32)>,
    /// Whether it is a call of what somebody made, which is given a column, but may leave that out.
    pub(crate) made: bool,
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
/// `FirstNormalObjectId`.
const FIRST_NORMAL: u32 = 16_384;
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
                let (quiet, by) =
                    quiet::asked_for(tree, reading, |var| correlated(tree, &scopes, &carries, var), item)?;
                if quiet.is_some() {
                    all.push(Loose { quiet, by, ..Loose::default() });
                }
            }
            Item::Node(kind, fields) => {
                open.extend(standing.get(&item).into_iter().flatten());
                open.extend(fields.iter().map(|(_, item)| item));
                let given = fields.iter().flat_map(|(_, item)| match &tree.items[*item] {
                    Item::List(items) => items.as_slice(),
                    _ => std::slice::from_ref(item),
                });
                let (mut computed, carried) = (Computed::default(), Carries::of(&carries, given));
                let made = carried != Carries::No && is_made(tree, item);
                if *kind == "VAR" || carried == Carries::Column && !made {
                    continue;
                }
                reading.add(&mut computed, item)?;
                if computed != Computed::default() {
                    let by = match carried {
                        Carries::OfView(oid, number) if !made => Some((oid, number)),
                        _ => None,
                    };
                    let folded = folded(tree, item, &mut steps)?;
                    all.push(Loose { computed, folded, by, made, quiet: None });
                }
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
