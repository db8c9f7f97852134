//! Which of several rows that count as equal a query keeps: DISTINCT, GROUP BY, a window's partition and UNION take values for equal that differ
//! (`numeric` 1.0 and 1.00, `citext`, a collation that is not deterministic), and the server takes a condition on such a column below them. One
//! that tells equal values apart then chooses another row than the query would have kept.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Tree, TreeError,
    carries::{Stand, stands},
    columns::{TypeOf, type_of},
    read::Item,
    scope::{Column, Scopes, is_set, is_union_all},
};

/// `IS_NULL` and `IS_NOT_NULL` are asked of a value as it is.
const ASKED: &str = "NULLTEST";

/// A column of a relation, by both their numbers.
type Of = (u32, i32);

/// How a text compares the columns of relations: by these operators, or, where there is none, in another way.
pub(crate) type Uses = BTreeMap<Of, BTreeSet<Option<u32>>>;

/// How these conditions compare columns.
pub(super) fn uses(tree: &Tree<'_>, conditions: &[usize]) -> Result<Uses, TreeError> {
    let scopes = Scopes::of(tree);
    let (mut all, mut seen) = (Uses::new(), BTreeSet::new());
    let mut open: Vec<(usize, Option<Compared>)> = conditions.iter().map(|item| (*item, None)).collect();
    while let Some((item, by)) = open.pop() {
        if !seen.insert((item, by)) {
            continue;
        }
        match &tree.items[item] {
            Item::Word(_) | Item::Bytes(_) | Item::Node("AGGREF" | "WINDOWFUNC", _) => {}
            Item::List(items) => open.extend(items.iter().map(|item| (*item, by))),
            Item::Node("TARGETENTRY", _) => open.extend(tree.field(item, "expr").map(|item| (item, by))),
            Item::Node("VAR", _) => match stands(tree, &scopes, item)? {
                Stand::Itself => {
                    if let Column::Of(oid, number) = scopes.column(tree, item)? {
                        let collation = tree.number(item, "varcollid")?;
                        let as_it_is = by.filter(|by| by.collation.is_none_or(|of| of == collation));
                        all.entry((oid, number)).or_default().insert(as_it_is.map(|by| by.operator));
                    }
                }
                Stand::Gone(items) | Stand::For(items) => {
                    open.extend(items.into_iter().map(|item| (item, by)))
                }
            },
            Item::Node(kind, fields) => {
                let by = Compared::by(tree, item, kind);
                open.extend(fields.iter().map(|(_, item)| (*item, by)));
            }
        }
    }
    Ok(all)
}

/// What compares a value as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Compared {
    operator: u32,
    collation: Option<u32>,
}

impl Compared {
    fn by(tree: &Tree<'_>, node: usize, kind: &str) -> Option<Self> {
        if kind == ASKED {
            return Some(Self { operator: 0, collation: None });
        }
        let operator = ["OPEXPR", "DISTINCTEXPR", "SCALARARRAYOPEXPR"].contains(&kind);
        let operator = operator.then(|| tree.number(node, "opno").ok()).flatten()?;
        // Of what has no collation there is nothing to ask.
        Some(Self { operator, collation: tree.number(node, "inputcollid").ok().filter(|oid| *oid != 0) })
    }
}

/// What a column of a view has of columns by which rows are taken for equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Their types and collations, and whether the column is such as it is.
    pub(crate) own: BTreeSet<(TypeOf, u32, bool)>,
    /// The columns of relations that it is made of, and whether it is such as it is.
    pub(crate) behind: BTreeSet<(Of, bool)>,
}

/// The same of each column of a view, of whose body this is the query.
pub(crate) fn kept(tree: &Tree<'_>, query: usize) -> Result<BTreeMap<i32, Kept>, TreeError> {
    let scopes = Scopes::of(tree);
    let targets: BTreeMap<usize, usize> = (0..tree.items.len())
        .filter(|item| tree.kind(*item) == Some("TARGETENTRY"))
        .filter_map(|target| Some((tree.field(target, "expr")?, target)))
        .collect();
    let of = |target: &usize| {
        let number = tree.word(*target, "resno")?.parse();
        let number = number.map_err(|_| TreeError::Shape("resno".to_owned()))?;
        let expression = tree.field(*target, "expr").ok_or_else(|| TreeError::Shape("expr".to_owned()))?;
        Ok((number, of_column(tree, &scopes, &targets, expression)?))
    };
    tree.list(query, "targetList")?.iter().map(of).collect()
}

fn of_column(
    tree: &Tree<'_>,
    scopes: &Scopes,
    targets: &BTreeMap<usize, usize>,
    expression: usize,
) -> Result<Kept, TreeError> {
    let (mut all, mut seen, mut open) = (Kept::default(), BTreeSet::new(), vec![(expression, true, false)]);
    while let Some((item, as_it_is, grouped)) = open.pop() {
        if !seen.insert((item, as_it_is, grouped)) {
            continue;
        }
        let mut grouped = grouped;
        if let Some(target) = targets.get(&item).copied()
            && let Some(query) = scopes.around(target)
        {
            let sorts = tree.word(target, "ressortgroupref")? != "0";
            let given = |name: &str| Ok::<_, TreeError>(!tree.list(query, name)?.is_empty());
            grouped = given("groupClause")? || given("groupingSets")?;
            if is_set(tree, query) && !is_union_all(tree, query)
                || sorts && (grouped || given("distinctClause")? || given("windowClause")?)
            {
                all.own.insert((type_of(tree, item)?, collation(tree, item), as_it_is));
            }
        }
        match &tree.items[item] {
            Item::Word(_) | Item::Bytes(_) => {}
            // What these give is made of all rows that are kept together.
            Item::Node("AGGREF" | "WINDOWFUNC", _) => {}
            Item::List(items) => open.extend(items.iter().map(|item| (*item, as_it_is, grouped))),
            Item::Node("VAR", _) => {
                if grouped {
                    all.own.insert((type_of(tree, item)?, collation(tree, item), as_it_is));
                }
                if let Column::Within(set) = scopes.column(tree, item)?
                    && is_set(tree, set)
                    && !is_union_all(tree, set)
                {
                    all.own.insert((type_of(tree, item)?, collation(tree, item), as_it_is));
                }
                match stands(tree, scopes, item)? {
                    Stand::Itself => {
                        if let Column::Of(oid, number) = scopes.column(tree, item)? {
                            all.behind.insert(((oid, number), as_it_is));
                        }
                    }
                    Stand::Gone(items) | Stand::For(items) => {
                        open.extend(items.into_iter().map(|item| match tree.kind(item) {
                            Some("TARGETENTRY") => {
                                (tree.field(item, "expr").unwrap_or(item), as_it_is, false)
                            }
                            _ => (item, as_it_is, false),
                        }));
                    }
                }
            }
            Item::Node(_, fields) => open.extend(fields.iter().map(|(_, item)| (*item, false, grouped))),
        }
    }
    Ok(all)
}

/// The collation of an expression; none where nothing says it.
fn collation(tree: &Tree<'_>, expression: usize) -> u32 {
    let Item::Node(_, fields) = &tree.items[expression] else { return 0 };
    let said = |name: &str| {
        name != "inputcollid" && (name.ends_with("collid") || matches!(name, "collOid" | "collation"))
    };
    let found = fields.iter().find(|(name, _)| said(name));
    found.and_then(|(name, _)| tree.number(expression, name).ok()).unwrap_or_default()
}
