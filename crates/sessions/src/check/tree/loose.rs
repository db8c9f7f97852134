//! What of a condition PostgreSQL takes for what tells nothing of a row, since it finds no column of that below it (`contain_leaked_vars`),
//! though it is only computed when a row asks for it: behind AND, OR, CASE and COALESCE, and wherever one condition is asked after another.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use super::{
    Tree, TreeError,
    carries::{Carries, Stand, carrying, is_made, stands},
    computed::{Computed, Reading},
    quiet::{self, Quiet},
    read::Item,
    scope::{Column, Scopes},
};

/// What of a condition may be computed though no row of its own query is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Loose {
    /// A call that has no column of its own query among what it is given.
    Call {
        /// What it is by itself.
        computed: Computed,
        /// The functions in it, all of which have to be IMMUTABLE for it to be computed beforehand; nothing where it is not in any case.
        folded: Option<BTreeSet<u32>>,
        /// The column that it is given after all, if the view that this is of does not compute it by none.
        by: Option<(u32, i32)>,
        /// Whether it is a call of what somebody made, which is given a column, but may leave that out.
        made: bool,
        /// What it is, whatever tree it is in; nothing where that would take too long to say.
        print: Option<u64>,
    },
    /// A query, and what it is, whatever tree it is in.
    Query(Quiet, Option<u64>),
    /// The column of a relation of a query around, which a view computes where it is read.
    Around(u32, i32),
    /// The column of a view, which may have none of a table in it: what it is computed by is asked once, when a row first needs it.
    Beside(u32, i32),
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

/// What of these conditions is so, and where; and what else in them could fail, but for the column that it is given.
pub(super) fn loose(
    tree: &Tree<'_>,
    reading: &Reading<'_, '_>,
    conditions: &[usize],
) -> Result<(Vec<(usize, Loose)>, Computed), TreeError> {
    let scopes = Scopes::of(tree);
    let (standing, carries) = carrying(tree, &scopes)?;
    let (mut all, mut relied) = (Vec::new(), Computed::default());
    let (mut seen, mut steps, mut printed) = (BTreeSet::new(), 0, 0);
    let mut open: Vec<(usize, bool)> = conditions.iter().map(|item| (*item, false)).collect();
    // `around` is what a column of a query around stands for: nothing in that has a column of this one.
    while let Some((item, around)) = open.pop() {
        if !seen.insert((item, around)) {
            continue;
        }
        match &tree.items[item] {
            Item::List(items) => open.extend(items.iter().map(|item| (*item, around))),
            // What a query in a condition compares is among the conditions by itself.
            Item::Word(_) | Item::Bytes(_) | Item::Node("QUERY" | "CONST" | "PARAM", _) => {}
            // What is computed of many rows is there before any condition of a query within.
            Item::Node("AGGREF" | "WINDOWFUNC", _) if around => {}
            Item::Node("VAR", _) if around || tree.number(item, "varlevelsup")? > 0 => {
                match stands(tree, &scopes, item)? {
                    Stand::Itself => all.extend(read_around(tree, &scopes, item)?.map(|loose| (item, loose))),
                    Stand::Gone(items) | Stand::For(items) => {
                        open.extend(items.into_iter().map(|item| (item, true)));
                    }
                }
            }
            Item::Node("VAR", _) => {
                open.extend(standing.get(&item).into_iter().flatten().map(|item| (*item, false)));
                if let Carries::OfView(oid, number) = carries[item] {
                    all.push((item, Loose::Beside(oid, number)));
                }
            }
            Item::Node("SUBLINK", _) => {
                open.extend(tree.field(item, "testexpr").map(|item| (item, around)));
                open.extend(quiet::compared_with(tree, item)?.into_iter().map(|item| (item, around)));
                all.extend(
                    quiet::asked_for(tree, reading, item)?
                        .map(|quiet| (item, Loose::Query(quiet, print(tree, item, &mut printed)))),
                );
            }
            Item::Node(kind, fields) => {
                open.extend(fields.iter().map(|(_, item)| (*item, around)));
                let given = fields.iter().flat_map(|(_, item)| match &tree.items[*item] {
                    Item::List(items) => items.as_slice(),
                    _ => std::slice::from_ref(item),
                });
                let mut carried = if around { Carries::No } else { Carries::of(&carries, given) };
                // Rows are compared a pair at a time: each is looked for a column by itself.
                if matches!(*kind, "ROWCOMPARE" | "ROWCOMPAREEXPR") {
                    carried = Carries::No;
                }
                let made = carried != Carries::No && is_made(tree, item);
                let mut computed = Computed::default();
                reading.add(&mut computed, item)?;
                if computed == Computed::default() {
                    continue;
                }
                if carried == Carries::Column {
                    relied.add(computed.clone());
                }
                if carried == Carries::Column && !made {
                    continue;
                }
                let by = match carried {
                    Carries::OfView(oid, number) => Some((oid, number)),
                    _ => None,
                };
                let folded = folded(tree, item, &mut steps)?;
                let print = print(tree, item, &mut printed);
                all.push((item, Loose::Call { computed, folded, by, made, print }));
            }
        }
    }
    Ok((all, relied))
}

/// What a part of a tree is, but for where it stands in a text.
fn print(tree: &Tree<'_>, item: usize, steps: &mut usize) -> Option<u64> {
    let (mut hasher, mut open) = (DefaultHasher::new(), vec![item]);
    while let Some(item) = open.pop() {
        *steps += 1;
        if *steps >= MOST_STEPS {
            return None;
        }
        match &tree.items[item] {
            Item::Word(word) => word.hash(&mut hasher),
            Item::Bytes(bytes) => bytes.hash(&mut hasher),
            Item::List(items) => {
                items.len().hash(&mut hasher);
                open.extend(items);
            }
            Item::Node(kind, fields) => {
                kind.hash(&mut hasher);
                open.extend(fields.iter().filter(|(name, _)| *name != "location").map(|(_, item)| item));
            }
        }
    }
    Some(hasher.finish())
}

/// The column of a relation that a VAR is.
fn read_around(tree: &Tree<'_>, scopes: &Scopes, var: usize) -> Result<Option<Loose>, TreeError> {
    Ok(match scopes.column(tree, var)? {
        Column::Of(oid, number) => Some(Loose::Around(oid, number)),
        _ => None,
    })
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

impl Loose {
    /// What it is, whatever tree it is in, where that is asked once and not for a row.
    pub(crate) fn print(&self) -> Option<u64> {
        match self {
            Self::Call { print, .. } | Self::Query(_, print) => *print,
            Self::Around(..) | Self::Beside(..) => None,
        }
    }
}
