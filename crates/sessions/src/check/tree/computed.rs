//! What an expression is computed by: whether it could tell what it saw, and of which columns it is made.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Tree, TreeError,
    aggregates::may_not_be_written,
    carries::is_kept,
    harmless::{counts_by_choice, given_if_stored, is_concatenation, is_harmless, puts_little_together},
    known::{self, Names},
    mentions::parts_of,
    read::Item,
    scope::{Column, Scopes, is_set, is_union_all},
    silent::SILENT,
    times::cast_of,
    unsound::{Unsound, may_differ_in_dimensions, unsound},
};

/// `=`, `<` and `>` of `record`, and of arrays.
const LATE: [u32; 6] = [2988, 2990, 2991, 1070, 1072, 1073];
/// `FirstNormalObjectId`.
const FIRST_NORMAL: u32 = 16_384;

/// What something is computed by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Computed {
    /// Whether something in it may tell what it saw of its own accord, such as a cast that fails.
    pub(crate) telling: bool,
    /// What in it the server takes for what cannot fail.
    pub(crate) unsound: BTreeSet<Unsound>,
    pub(crate) functions: BTreeSet<u32>,
    pub(crate) operators: BTreeSet<u32>,
    /// The columns of relations that it is made of; in an expression over one row, that row's are under 0.
    pub(crate) columns: BTreeMap<u32, BTreeSet<i32>>,
    /// The functions in FROM whose rows it is made of.
    pub(crate) rows: BTreeSet<u32>,
}

impl Computed {
    pub(crate) fn add(&mut self, other: Self) {
        self.telling |= other.telling;
        self.unsound.extend(other.unsound);
        self.functions.extend(other.functions);
        self.operators.extend(other.operators);
        self.rows.extend(other.rows);
        for (relation, columns) in other.columns {
            self.columns.entry(relation).or_default().extend(columns);
        }
    }
}

/// A tree with what is known of its VARs.
pub(super) struct Reading<'t, 'a> {
    tree: &'t Tree<'a>,
    scopes: Scopes,
    /// The calls that are entries of FROM.
    called: BTreeSet<usize>,
    /// Whether no text is put together that is too large.
    short: bool,
    /// The query that all of the tree is: its LIMIT is asked before any row.
    whole: Option<usize>,
    /// Whether what WITH keeps is a column like a table's: no condition is taken into it.
    kept: bool,
}

impl<'t, 'a> Reading<'t, 'a> {
    pub(super) fn of(tree: &'t Tree<'a>) -> Self {
        let entries = (0..tree.items.len()).filter(|number| tree.kind(*number) == Some("RANGETBLFUNCTION"));
        let called = entries.filter_map(|number| tree.field(number, "funcexpr")).collect();
        let whole = (0..tree.items.len()).find(|item| tree.kind(*item) == Some("QUERY"));
        Self { tree, scopes: Scopes::of(tree), called, short: puts_little_together(tree), whole, kept: false }
    }

    /// The same of a whole text, for what its conditions reach.
    pub(super) fn of_text(tree: &'t Tree<'a>) -> Self {
        Self { kept: true, ..Self::of(tree) }
    }

    /// All of an expression, and of what its VARs stand for.
    pub(super) fn expression(&self, expression: usize) -> Result<Computed, TreeError> {
        self.expressions(vec![expression])
    }

    /// All of some expressions.
    pub(super) fn expressions(&self, open: Vec<usize>) -> Result<Computed, TreeError> {
        self.walk(open, &[])
    }

    /// The same but for what aggregates and window functions are given, whose results no comparison is taken behind.
    pub(super) fn compared(&self, open: Vec<usize>) -> Result<Computed, TreeError> {
        self.walk(open, &["AGGREF", "WINDOWFUNC"])
    }

    /// All that is asked where these are conditions: of such the same, but in a query within that is asked for each row.
    pub(super) fn asked(&self, open: Vec<usize>) -> Result<Computed, TreeError> {
        let mut links = Vec::new();
        let (mut seen, mut next) = (BTreeSet::new(), open.clone());
        while let Some(number) = next.pop() {
            if !seen.insert(number) {
                continue;
            }
            match &self.tree.items[number] {
                Item::Node("SUBLINK", _) => links.push(number),
                Item::Node(_, fields) => next.extend(fields.iter().map(|(_, item)| item)),
                Item::List(items) => next.extend(items),
                Item::Word(_) | Item::Bytes(_) => {}
            }
        }
        let mut all = self.compared(open)?;
        all.add(self.expressions(links)?);
        Ok(all)
    }

    /// Whether a call is one of an entry in FROM, of a function that the planner may put the body of in its place.
    pub(super) fn is_merged(&self, call: usize) -> Result<bool, TreeError> {
        Ok(self.called.contains(&call) && self.tree.number(call, "funcid")? >= FIRST_NORMAL)
    }

    fn walk(&self, open: Vec<usize>, but: &[&str]) -> Result<Computed, TreeError> {
        let mut all = Computed::default();
        let mut seen = BTreeSet::new();
        let mut open: Vec<(usize, bool)> = open.into_iter().map(|number| (number, false)).collect();
        while let Some((number, given)) = open.pop() {
            if !seen.insert((number, given)) {
                continue;
            }
            let kind = self.tree.kind(number);
            // What an aggregate is given of a query around its own is there before it, and compared with it.
            let outer =
                || Ok::<_, TreeError>(kind == Some("VAR") && self.tree.number(number, "varlevelsup")? > 0);
            if (!given || outer()?)
                && let Stands::For(items) = self.add(&mut all, number)?
            {
                open.extend(items.into_iter().map(|item| (item, false)));
            }
            let given = given || kind.is_some_and(|kind| but.contains(&kind));
            match &self.tree.items[number] {
                Item::Node(_, fields) => open.extend(fields.iter().map(|(_, item)| (*item, given))),
                Item::List(items) => open.extend(items.iter().map(|item| (*item, given))),
                Item::Word(_) | Item::Bytes(_) => {}
            }
        }
        Ok(all)
    }

    /// What a column of several queries is of each, where UNION ALL puts them together; or all of it.
    fn of_each(&self, item: usize, var: usize) -> Result<Vec<usize>, TreeError> {
        let place: usize = self.tree.word(var, "varattno")?.parse().unwrap_or_default();
        let (mut all, mut open) = (Vec::new(), vec![item]);
        while let Some(query) = open.pop() {
            if place == 0 || !is_union_all(self.tree, query) {
                return Ok(vec![item]);
            }
            for &entry in self.tree.list(query, "rtable")? {
                let leaf =
                    self.tree.field(entry, "subquery").filter(|leaf| self.tree.kind(*leaf) == Some("QUERY"));
                let Some(leaf) = leaf else { continue };
                let target = self.tree.list(leaf, "targetList")?.get(place - 1).copied();
                match target.and_then(|target| self.tree.field(target, "expr")) {
                    _ if is_set(self.tree, leaf) => open.push(leaf),
                    Some(expression) => all.push(expression),
                    None => return Ok(vec![item]),
                }
            }
        }
        Ok(all)
    }

    /// Whether an expression is the column of a relation as it is.
    fn is_stored(&self, mut expression: usize) -> Result<bool, TreeError> {
        for _ in 0..16 {
            if let Some(of) = cast_of(self.tree, expression) {
                expression = of;
                continue;
            }
            if self.tree.kind(expression) != Some("VAR") {
                return Ok(false);
            }
            match self.scopes.column(self.tree, expression)? {
                Column::Of(_, number) | Column::Own(number) => return Ok(number > 0),
                Column::Computed(item) => expression = item,
                // A part of a column, each in a row.
                Column::Row(entry) => match parts_of(self.tree, entry)? {
                    Some(of) => expression = of,
                    None => return Ok(false),
                },
                Column::Within(_) => return Ok(false),
            }
        }
        Ok(false)
    }

    /// Adds one node, without what is in it; gives what it stands for, where it is a VAR.
    pub(super) fn add(&self, to: &mut Computed, number: usize) -> Result<Stands, TreeError> {
        let Item::Node(kind, fields) = &self.tree.items[number] else { return Ok(Stands::ForItself) };
        let unsound = unsound(self.tree, number);
        to.unsound.extend(unsound);
        let harmless = is_harmless(self.tree, number)
            || self.short && is_concatenation(self.tree, number)
            || given_if_stored(self.tree, number).is_some_and(|given| {
                given.into_iter().all(|given| self.is_stored(given).unwrap_or_default())
            });
        to.telling |= unsound == Some(Unsound::Collation)
            || may_differ_in_dimensions(self.tree, number)
            || counts_by_choice(self.tree, number)
            || may_not_be_written(self.tree, number)
            || !(harmless || SILENT.contains(kind) || self.whole == Some(number));
        let known = known::fields(kind).ok_or_else(|| TreeError::Node((*kind).to_owned()))?;
        for (name, value) in fields.iter().filter(|_| !harmless) {
            let names = known.get(name);
            let oids = match (names, &self.tree.items[*value]) {
                (Some(Names::Function | Names::Operator), Item::Word("<>")) => continue,
                (Some(Names::Function | Names::Operator), Item::Word(_)) => {
                    vec![self.tree.number(number, name)?]
                }
                (Some(Names::Function | Names::Operator), _) => {
                    self.tree.numbers::<u32>(*value, "o", name)?
                }
                _ => continue,
            };
            // Whatever the server's own sort and group by, they fail for no value, but for what looks at types only then: of rows, and of arrays.
            let counts = |oid: &u32| {
                *oid != 0 && (*oid >= FIRST_NORMAL || *kind != "SORTGROUPCLAUSE" || LATE.contains(oid))
            };
            let into = if names == Some(&Names::Function) { &mut to.functions } else { &mut to.operators };
            into.extend(oids.into_iter().filter(counts));
        }
        if *kind != "VAR" {
            return Ok(Stands::ForItself);
        }
        if self.kept && is_kept(self.tree, &self.scopes, number)? {
            return Ok(Stands::ForItself);
        }
        let (relation, column) = match self.scopes.column(self.tree, number)? {
            Column::Of(relation, column) => (relation, column),
            Column::Own(column) => (0, column),
            Column::Computed(item) => return Ok(Stands::For(vec![item])),
            Column::Row(entry) => {
                to.rows.extend(functions(self.tree, entry)?);
                return Ok(Stands::For(vec![entry]));
            }
            Column::Within(item) => return Ok(Stands::For(self.of_each(item, number)?)),
        };
        to.columns.entry(relation).or_default().insert(column);
        Ok(Stands::ForItself)
    }
}

/// What a node stands for.
pub(super) enum Stands {
    /// Itself: it is no VAR, or one that is a relation's column.
    ForItself,
    /// What these items compute, or have in them.
    For(Vec<usize>),
}

/// The functions whose rows an entry of FROM has.
fn functions(tree: &Tree<'_>, entry: usize) -> Result<Vec<u32>, TreeError> {
    let called = |function: &usize| {
        let call = tree.field(*function, "funcexpr").filter(|call| tree.kind(*call) == Some("FUNCEXPR"))?;
        Some(tree.number(call, "funcid"))
    };
    tree.list(entry, "functions")?.iter().filter_map(called).collect()
}

/// What each column of a query's result is computed by, by its number.
pub(crate) fn results(tree: &Tree<'_>, query: usize) -> Result<BTreeMap<i32, Computed>, TreeError> {
    let reading = Reading::of(tree);
    let of = |target: &usize| {
        let number = tree.word(*target, "resno")?.parse();
        let number = number.map_err(|_| TreeError::Shape("resno".to_owned()))?;
        let expression = tree.field(*target, "expr").ok_or_else(|| TreeError::Shape("expr".to_owned()))?;
        Ok((number, reading.expression(expression)?))
    };
    tree.list(query, "targetList")?.iter().map(of).collect()
}

/// What an expression over one row is computed by.
pub(crate) fn over_row(tree: &Tree<'_>) -> Result<Computed, TreeError> {
    Reading::of(tree).expression(0)
}
