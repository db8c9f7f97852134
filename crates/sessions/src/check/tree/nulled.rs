//! What stands where an outer join may make columns NULL, or below grouping sets.

use std::collections::BTreeSet;

use super::{Tree, TreeError, scope::Scopes, simple::is_simple, stays::ALWAYS};

/// `JOIN_INNER`, `JOIN_LEFT` and `JOIN_RIGHT`.
const INNER: u32 = 0;
const LEFT: u32 = 1;
const RIGHT: u32 = 3;
/// The entries of range tables that stand where an outer join may make their columns NULL, or below grouping sets, and the queries there.
pub(super) struct Nulled {
    entries: BTreeSet<usize>,
    queries: BTreeSet<usize>,
}

impl Nulled {
    pub(super) fn of(tree: &Tree<'_>) -> Result<Self, TreeError> {
        let mut all = Self { entries: BTreeSet::new(), queries: BTreeSet::new() };
        let scopes = Scopes::of(tree);
        // Items refer to later ones only, but for what reads a query of WITH.
        loop {
            let before = (all.entries.len(), all.queries.len());
            for query in (0..tree.items.len()).filter(|item| tree.kind(*item) == Some("QUERY")) {
                let whole = all.queries.contains(&query) || !tree.list(query, "groupingSets")?.is_empty();
                let nulled = nulled_in(tree, query)?;
                for (at, &entry) in tree.list(query, "rtable")?.iter().enumerate() {
                    if whole || nulled.contains(&(at + 1)) {
                        all.entries.insert(entry);
                        let inner = match tree.word(entry, "rtekind")? {
                            "6" => scopes
                                .common(tree, entry, Some(query))?
                                .and_then(|one| tree.field(one, "ctequery")),
                            _ => tree.field(entry, "subquery"),
                        };
                        all.queries.extend(inner.filter(|inner| tree.kind(*inner) == Some("QUERY")));
                    }
                }
            }
            if before == (all.entries.len(), all.queries.len()) {
                return Ok(all);
            }
        }
    }

    /// What the queries there compute, but for those that stay by themselves. A column alone tells nothing.
    pub(super) fn computed(&self, tree: &Tree<'_>) -> Result<Vec<usize>, TreeError> {
        let kept = (0..tree.items.len()).filter(|item| tree.kind(*item) == Some("COMMONTABLEEXPR"));
        let mut always = BTreeSet::new();
        for one in kept {
            if tree.number(one, "ctematerialized")? == ALWAYS {
                always.extend(tree.field(one, "ctequery"));
            }
        }
        let mut all = Vec::new();
        for &query in self.queries.iter().filter(|query| !always.contains(query) && is_simple(tree, **query))
        {
            let computed =
                tree.list(query, "targetList")?.iter().filter_map(|target| tree.field(*target, "expr"));
            all.extend(computed.filter(|expression| tree.kind(*expression) != Some("VAR")));
            // They become part of the join's own conditions.
            all.extend(
                tree.field(query, "jointree").map(|from| conditions_of(tree, from)).into_iter().flatten(),
            );
        }
        Ok(all)
    }

    /// The relations there.
    pub(super) fn relations(&self, tree: &Tree<'_>) -> Result<BTreeSet<u32>, TreeError> {
        let entries = self.entries.iter().filter(|entry| tree.word(**entry, "rtekind") == Ok("0"));
        entries.map(|entry| tree.number(*entry, "relid")).collect()
    }
}

/// The places in its range table that the outer joins of a query itself may make NULL.
fn nulled_in(tree: &Tree<'_>, query: usize) -> Result<BTreeSet<usize>, TreeError> {
    let mut all = BTreeSet::new();
    let mut open: Vec<(usize, bool)> =
        tree.field(query, "jointree").into_iter().map(|item| (item, false)).collect();
    while let Some((item, nulled)) = open.pop() {
        match tree.kind(item) {
            Some("FROMEXPR") => open.extend(tree.list(item, "fromlist")?.iter().map(|item| (*item, nulled))),
            Some("JOINEXPR") => {
                let kind = tree.number(item, "jointype")?;
                let sides =
                    [("larg", ![INNER, LEFT].contains(&kind)), ("rarg", ![INNER, RIGHT].contains(&kind))];
                for (side, is_nulled) in sides {
                    open.extend(tree.field(item, side).map(|side| (side, nulled || is_nulled)));
                }
            }
            Some("RANGETBLREF") if nulled => drop(all.insert(tree.number(item, "rtindex")? as usize)),
            _ => {}
        }
    }
    Ok(all)
}

/// The conditions of outer joins, and of what stands where these may make columns NULL: they hide no row of the other side.
pub(super) fn below_outer_joins(tree: &Tree<'_>) -> Result<Vec<usize>, TreeError> {
    let (mut all, mut open) = (Vec::new(), Vec::new());
    for join in (0..tree.items.len()).filter(|item| tree.kind(*item) == Some("JOINEXPR")) {
        let kind = tree.number(join, "jointype")?;
        if kind != INNER {
            all.extend(tree.field(join, "quals"));
            open.extend(tree.field(join, "larg").filter(|_| kind != LEFT));
            open.extend(tree.field(join, "rarg").filter(|_| kind != RIGHT));
        }
    }
    while let Some(item) = open.pop() {
        if matches!(tree.kind(item), Some("JOINEXPR" | "FROMEXPR")) {
            all.extend(tree.field(item, "quals"));
            open.extend(["larg", "rarg"].iter().filter_map(|side| tree.field(item, side)));
        }
    }
    Ok(all)
}

/// The conditions of FROM, and of all joins in it.
fn conditions_of(tree: &Tree<'_>, from: usize) -> Vec<usize> {
    let (mut all, mut open) = (Vec::new(), vec![from]);
    while let Some(item) = open.pop() {
        if matches!(tree.kind(item), Some("JOINEXPR" | "FROMEXPR")) {
            all.extend(tree.field(item, "quals"));
            open.extend(["larg", "rarg"].iter().filter_map(|side| tree.field(item, side)));
            open.extend(tree.list(item, "fromlist").unwrap_or_default());
        }
    }
    all
}
