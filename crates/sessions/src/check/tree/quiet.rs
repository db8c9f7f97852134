//! Queries in conditions that fail for nothing that they read. One without a column of the query around is asked once, when a row first needs
//! it; to PostgreSQL its result is a value like any other.

use std::collections::BTreeSet;

use super::{
    Tree, TreeError,
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

/// What a query in a condition does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Quiet {
    pub(crate) computed: Computed,
    /// The relations that it reads.
    pub(crate) relations: BTreeSet<u32>,
}

/// What a query in a condition does, as far as that could be told by whether it is asked: nothing where PostgreSQL itself keeps it from rows
/// that are hidden. One that is correlated is asked like any other: where its conditions are folded to nothing, it is none any more.
pub(super) fn asked_for(
    tree: &Tree<'_>,
    reading: &Reading<'_, '_>,
    link: usize,
) -> Result<Option<Quiet>, TreeError> {
    let telling = Quiet { computed: Computed { telling: true, ..Computed::default() }, ..Quiet::default() };
    let kind = tree.number(link, "subLinkType")?;
    // These become joins, or what is asked for each row, which it takes for what tells of that.
    if COMPARED.contains(&kind) {
        return Ok(None);
    }
    let Some(query) = tree.field(link, "subselect").filter(|query| tree.kind(*query) == Some("QUERY")) else {
        return Ok(Some(telling));
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
        return Ok(Some(telling));
    }
    let mut computed = reading.expression(query)?;
    computed.telling |= !computed.unsound.is_empty();
    Ok(Some(Quiet { computed, relations }))
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
