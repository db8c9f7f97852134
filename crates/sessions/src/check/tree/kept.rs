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

/// `numeric`.
const NUMERIC: u32 = 1700;
/// `IS_NULL` and `IS_NOT_NULL` are asked of a value as it is.
const ASKED: &str = "NULLTEST";

/// A column of a relation, by both their numbers.
pub(crate) type Of = (u32, i32);

/// What becomes of a column's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum By {
    /// It stays what it is.
    Plain,
    /// It is compared by this operator, or is asked for NULL.
    Compared(Option<u32>),
    /// Something else, which may tell values apart that are equal.
    Otherwise,
}

/// What conditions, or a column of a view, have of columns by which rows are taken for equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Their types and collations, and what becomes of them.
    pub(crate) own: BTreeSet<(TypeOf, u32, By)>,
    /// The columns of relations that are there, and what becomes of these.
    pub(crate) behind: BTreeSet<(Of, By)>,
}

/// What conditions have of them.
pub(super) fn chosen(tree: &Tree<'_>, conditions: &[usize]) -> Result<Kept, TreeError> {
    Walk::of(tree).all(conditions, By::Otherwise)
}

/// What each column of a view has of them, of whose body this is the query.
pub(crate) fn kept(tree: &Tree<'_>, query: usize) -> Result<BTreeMap<i32, Kept>, TreeError> {
    let walk = Walk::of(tree);
    let of = |target: &usize| {
        let number = tree.word(*target, "resno")?.parse();
        let number = number.map_err(|_| TreeError::Shape("resno".to_owned()))?;
        let expression = tree.field(*target, "expr").ok_or_else(|| TreeError::Shape("expr".to_owned()))?;
        Ok((number, walk.all(&[expression], By::Plain)?))
    };
    tree.list(query, "targetList")?.iter().map(of).collect()
}

/// How far a value has come: what becomes of it, and in which collation it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Step {
    by: By,
    collation: Option<u32>,
    /// Whether the query around groups rows, so that each column in it is one by which they are taken for equal.
    grouped: bool,
}

struct Walk<'t, 'a> {
    tree: &'t Tree<'a>,
    scopes: Scopes,
    /// The entries of lists of results, by their expressions.
    targets: BTreeMap<usize, usize>,
}

impl<'t, 'a> Walk<'t, 'a> {
    fn of(tree: &'t Tree<'a>) -> Self {
        let targets = (0..tree.items.len()).filter(|item| tree.kind(*item) == Some("TARGETENTRY"));
        let targets = targets.filter_map(|target| Some((tree.field(target, "expr")?, target))).collect();
        Self { tree, scopes: Scopes::of(tree), targets }
    }

    fn all(&self, expressions: &[usize], by: By) -> Result<Kept, TreeError> {
        let first = Step { by, collation: None, grouped: false };
        let (mut all, mut seen) = (Kept::default(), BTreeSet::new());
        let mut open: Vec<(usize, Step)> = expressions.iter().map(|item| (*item, first)).collect();
        while let Some((item, mut step)) = open.pop() {
            if !seen.insert((item, step)) {
                continue;
            }
            if let Some(target) = self.targets.get(&item) {
                step.grouped = self.keeps(*target, item, step, &mut all)?;
            }
            match &self.tree.items[item] {
                Item::Word(_) | Item::Bytes(_) => {}
                // What these give is made of all rows that are kept together.
                Item::Node("AGGREF" | "WINDOWFUNC", _) => {}
                Item::List(items) => open.extend(items.iter().map(|item| (*item, step))),
                Item::Node("TARGETENTRY", _) => {
                    open.extend(self.tree.field(item, "expr").map(|item| (item, step)));
                }
                Item::Node("VAR", _) => open.extend(self.column(item, step, &mut all)?),
                Item::Node(kind, fields) => {
                    let (by, collation) = self.compares(item, kind);
                    let step = Step { by, collation, ..step };
                    open.extend(fields.iter().map(|(_, item)| (*item, step)));
                }
            }
        }
        Ok(all)
    }

    /// Notes a result by which its query takes rows for equal; and tells whether that groups them.
    fn keeps(&self, target: usize, item: usize, step: Step, all: &mut Kept) -> Result<bool, TreeError> {
        let tree = self.tree;
        let Some(query) = self.scopes.around(target) else { return Ok(false) };
        let given = |name: &str| Ok::<_, TreeError>(!tree.list(query, name)?.is_empty());
        let grouped = given("groupClause")? || given("groupingSets")?;
        if self.is_set_of_different(query) || self.is_kept_by(query, target)? {
            self.note(item, step, all)?;
        }
        Ok(grouped)
    }

    /// Whether rows are grouped, numbered or left out by a result of their query; what they are merely sorted by, no condition goes below.
    fn is_kept_by(&self, query: usize, target: usize) -> Result<bool, TreeError> {
        let tree = self.tree;
        let reference = tree.word(target, "ressortgroupref")?;
        let mut lists = vec![tree.list(query, "groupClause")?, tree.list(query, "distinctClause")?];
        for &window in tree.list(query, "windowClause")? {
            lists.push(tree.list(window, "partitionClause")?);
        }
        let mut clauses = lists.into_iter().flatten();
        Ok(reference != "0" && clauses.any(|clause| tree.word(*clause, "tleSortGroupRef") == Ok(reference)))
    }

    /// What a VAR stands for.
    fn column(&self, var: usize, step: Step, all: &mut Kept) -> Result<Vec<(usize, Step)>, TreeError> {
        let column = self.scopes.column(self.tree, var)?;
        if step.grouped || matches!(column, Column::Within(set) if self.is_set_of_different(set)) {
            self.note(var, step, all)?;
        }
        let next = Step { grouped: false, ..step };
        Ok(match stands(self.tree, &self.scopes, var)? {
            Stand::Itself => {
                if let Column::Of(oid, number) = column {
                    let collation = self.tree.number(var, "varcollid")?;
                    all.behind.insert(((oid, number), step.of(collation)));
                }
                Vec::new()
            }
            Stand::Gone(items) | Stand::For(items) => {
                let expression = |item: usize| match self.tree.kind(item) {
                    Some("TARGETENTRY") => self.tree.field(item, "expr").unwrap_or(item),
                    _ => item,
                };
                items.into_iter().map(|item| (expression(item), next)).collect()
            }
        })
    }

    fn note(&self, item: usize, step: Step, all: &mut Kept) -> Result<(), TreeError> {
        // Numbers that are stored with so many places have no others.
        let scaled = self.tree.kind(item) == Some("VAR")
            && self.tree.number(item, "vartype") == Ok(NUMERIC)
            && self.tree.word(item, "vartypmod")? != "-1";
        if scaled {
            return Ok(());
        }
        let collation = collation(self.tree, item);
        all.own.insert((type_of(self.tree, item)?, collation, step.of(collation)));
        Ok(())
    }

    /// Whether several queries make the rows of this one together, and leave equal ones out.
    fn is_set_of_different(&self, query: usize) -> bool {
        is_set(self.tree, query) && !is_union_all(self.tree, query)
    }

    /// What a node does with what it is given.
    fn compares(&self, node: usize, kind: &str) -> (By, Option<u32>) {
        if kind == ASKED {
            return (By::Compared(None), None);
        }
        let operator = ["OPEXPR", "DISTINCTEXPR", "SCALARARRAYOPEXPR"].contains(&kind);
        match operator.then(|| self.tree.number(node, "opno").ok()).flatten() {
            // Of what has no collation there is nothing to ask.
            Some(operator) => {
                let collation = self.tree.number(node, "inputcollid").ok().filter(|oid| *oid != 0);
                (By::Compared(Some(operator)), collation)
            }
            None => (By::Otherwise, None),
        }
    }
}

impl Step {
    /// What becomes of a value in this collation.
    fn of(self, collation: u32) -> By {
        if self.collation.is_none_or(|of| of == collation) { self.by } else { By::Otherwise }
    }
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
