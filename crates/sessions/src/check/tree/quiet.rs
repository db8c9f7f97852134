//! Queries in conditions that fail for nothing that they read. One without a column of the query around is asked once, when a row first needs
//! it; to PostgreSQL its result is a value like any other.

use std::collections::BTreeSet;

use super::{
    Tree, TreeError,
    carries::Carries,
    computed::{Computed, Reading},
    harmless::limited_to,
    read::Item,
};

/// `EXISTS_SUBLINK`, `ALL_SUBLINK` and `ANY_SUBLINK`, `EXPR_SUBLINK`.
const EXISTS: u32 = 0;
const COMPARED: [u32; 2] = [1, 2];
const EXPRESSION: u32 = 4;
/// `RTE_RELATION` and `RTE_JOIN`.
const ENTRIES: [u32; 2] = [0, 2];
/// `LIMIT_OPTION_COUNT`.
const NO_TIES: u32 = 0;
/// `FirstNormalObjectId`.
const FIRST_NORMAL: u32 = 16_384;

/// What a query in a condition does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Quiet {
    pub(crate) computed: Computed,
    /// The relations that it reads.
    pub(crate) relations: BTreeSet<u32>,
}

/// What a query does, and the column of a view that it is correlated by.
pub(super) type Asked = (Option<Quiet>, Option<(u32, i32)>);

/// What a query in a condition does, as far as that could be told by whether it is asked: nothing where PostgreSQL itself keeps it from rows
/// that are hidden.
///
/// And the column of a view that it is correlated by, if that is one: where it is a constant, all else counts.
pub(super) fn asked_for(
    tree: &Tree<'_>,
    reading: &Reading<'_, '_>,
    carries: impl Fn(usize) -> Result<Carries, TreeError>,
    link: usize,
) -> Result<Asked, TreeError> {
    let telling = Quiet { computed: Computed { telling: true, ..Computed::default() }, ..Quiet::default() };
    let kind = tree.number(link, "subLinkType")?;
    // These become joins, or what is asked for each row, which it takes for what tells of that.
    if COMPARED.contains(&kind) {
        return Ok((None, None));
    }
    let Some(query) = tree.field(link, "subselect").filter(|query| tree.kind(*query) == Some("QUERY")) else {
        return Ok((Some(telling), None));
    };
    let by = match (kind == EXISTS).then(|| correlation(tree, query, carries)).transpose()? {
        Some(Carries::Column) => return Ok((None, None)),
        Some(Carries::OfView(oid, number)) => Some((oid, number)),
        Some(Carries::No) | None => None,
    };
    let given = |name: &str| tree.field(query, name).is_some_and(|item| tree.items[item] != Item::Word("<>"));
    let never = [
        "cteList",
        "groupClause",
        "groupingSets",
        "havingQual",
        "windowClause",
        "distinctClause",
        "setOperations",
        "limitOffset",
    ];
    let aggregates = tree.word(query, "hasAggs")? == "true";
    let limit = tree.field(query, "limitCount").filter(|_| given("limitCount"));
    let one = aggregates && limit.is_none()
        || limit.is_some_and(|limit| limited_to(tree, limit) == Some(1))
            && tree.number(query, "limitOption") == Ok(NO_TIES);
    let (mut relations, mut simple) = (BTreeSet::new(), true);
    for &entry in tree.list(query, "rtable")? {
        let kind = tree.number(entry, "rtekind")?;
        simple &= ENTRIES.contains(&kind);
        if kind == ENTRIES[0] {
            relations.insert(tree.number(entry, "relid")?);
        }
    }
    let simple = simple
        && !never.into_iter().any(given)
        && tree.word(query, "hasTargetSRFs")? == "false"
        && tree.word(query, "hasSubLinks")? == "false"
        && sorts_columns(tree, query)?;
    if !simple || !(kind == EXISTS && limit.is_none() || kind == EXPRESSION && one) {
        return Ok((Some(telling), by));
    }
    let mut computed = reading.expression(query)?;
    computed.telling |= !computed.unsound.is_empty();
    Ok((Some(Quiet { computed, relations }), by))
}

/// What ANY and ALL compare with, where their query may be put into the one around it: what each of its queries gives.
pub(super) fn compared_with(tree: &Tree<'_>, link: usize) -> Result<Vec<usize>, TreeError> {
    let mut all = Vec::new();
    if !COMPARED.contains(&tree.number(link, "subLinkType")?) {
        return Ok(all);
    }
    let mut open: Vec<usize> = tree.field(link, "subselect").into_iter().collect();
    while let Some(query) = open.pop().filter(|query| tree.kind(*query) == Some("QUERY")) {
        all.extend(tree.list(query, "targetList")?);
        for &entry in tree.list(query, "rtable")? {
            all.extend(tree.field(entry, "values_lists"));
            open.extend(tree.field(entry, "subquery").filter(|inner| tree.kind(*inner) == Some("QUERY")));
        }
    }
    Ok(all)
}

/// Whether all that a query sorts by are columns as they are.
fn sorts_columns(tree: &Tree<'_>, query: usize) -> Result<bool, TreeError> {
    for &target in tree.list(query, "targetList")? {
        let sorts = tree.word(target, "ressortgroupref")? != "0";
        if sorts && tree.field(target, "expr").is_none_or(|expression| tree.kind(expression) != Some("VAR")) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// By which column of the query around a query compares one of its own, and all rows by that: it is never asked but for a row.
fn correlation(
    tree: &Tree<'_>,
    query: usize,
    carries: impl Fn(usize) -> Result<Carries, TreeError>,
) -> Result<Carries, TreeError> {
    let Some(from) = tree.field(query, "jointree") else { return Ok(Carries::No) };
    let (mut open, mut best) = (tree.field(from, "quals").into_iter().collect::<Vec<_>>(), Carries::No);
    while let Some(item) = open.pop() {
        match tree.kind(item) {
            // `AND` alone.
            Some("BOOLEXPR") if tree.word(item, "boolop")? == "and" => open.extend(tree.list(item, "args")?),
            Some("OPEXPR") if tree.number(item, "opfuncid")? < FIRST_NORMAL => {
                let level = |item: usize| {
                    (tree.kind(item) == Some("VAR")).then(|| tree.number(item, "varlevelsup").ok()).flatten()
                };
                let [left, right] = *tree.list(item, "args")? else { continue };
                let outer = match (level(left), level(right)) {
                    (Some(0), Some(1)) => right,
                    (Some(1), Some(0)) => left,
                    _ => continue,
                };
                match carries(outer)? {
                    Carries::Column => return Ok(Carries::Column),
                    Carries::No => {}
                    of_view => best = of_view,
                }
            }
            None => {
                if let Item::List(items) = &tree.items[item] {
                    open.extend(items);
                }
            }
            _ => {}
        }
    }
    Ok(best)
}
