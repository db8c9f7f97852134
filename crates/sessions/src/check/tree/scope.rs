//! Which query a part of a tree belongs to, and so which column a VAR in it is.

use super::{Tree, TreeError, conditions::UNION, read::Item};

/// Kinds of entries of a range table (`RTEKind`).
const RELATION: u32 = 0;
const SUBQUERY: u32 = 1;
const JOIN: u32 = 2;
const FUNCTION: u32 = 3;
const WITH: u32 = 6;
const GROUP: u32 = 9;

/// What a VAR is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// The column of a relation, by both their numbers.
    Of(u32, i32),
    /// The column of the row that an expression is over: there is no query.
    Own(i32),
    /// What this item computes.
    Computed(usize),
    /// Of the rows of a function: this entry's of the range table.
    Row(usize),
    /// Whatever this item has in it: VALUES, or several queries together.
    Within(usize),
}

/// For each item the innermost query around it.
pub(super) struct Scopes(Vec<Option<usize>>);

impl Scopes {
    pub(super) fn of(tree: &Tree<'_>) -> Self {
        let mut queries = vec![None; tree.items.len()];
        // Items refer to later ones only.
        for (number, item) in tree.items.iter().enumerate() {
            match item {
                Item::Node(kind, fields) => {
                    let inside = if *kind == "QUERY" { Some(number) } else { queries[number] };
                    fields.iter().for_each(|(_, item)| queries[*item] = inside);
                }
                Item::List(items) => {
                    let inside = queries[number];
                    items.iter().for_each(|item| queries[*item] = inside);
                }
                Item::Word(_) | Item::Bytes(_) => {}
            }
        }
        Self(queries)
    }

    /// The query that a VAR belongs to, and its entry in the range table there; nothing where it is of the row that an expression is over.
    pub(super) fn entry(&self, tree: &Tree<'_>, var: usize) -> Result<Option<(usize, usize)>, TreeError> {
        let shape = || TreeError::Shape("varno".to_owned());
        let mut query = self.0[var];
        for _ in 0..tree.number(var, "varlevelsup")? {
            query = self.0[query.ok_or_else(shape)?];
        }
        let Some(query) = query else { return Ok(None) };
        let place = (tree.number(var, "varno")? as usize).checked_sub(1);
        let entry = *place.and_then(|place| tree.list(query, "rtable").ok()?.get(place)).ok_or_else(shape)?;
        Ok(Some((query, entry)))
    }

    /// What a VAR is.
    pub(super) fn column(&self, tree: &Tree<'_>, var: usize) -> Result<Column, TreeError> {
        let number: i32 =
            tree.word(var, "varattno")?.parse().map_err(|_| TreeError::Shape("varattno".to_owned()))?;
        let Some((query, entry)) = self.entry(tree, var)? else { return Ok(Column::Own(number)) };
        // What several queries make together is said by the first alone.
        if is_set(tree, query) {
            return Ok(Column::Within(query));
        }
        let nth = |items: &[usize]| {
            let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
            place
                .and_then(|place| items.get(place))
                .map_or(Column::Within(entry), |item| Column::Computed(*item))
        };
        Ok(match tree.number(entry, "rtekind")? {
            RELATION => Column::Of(tree.number(entry, "relid")?, number),
            JOIN => nth(tree.list(entry, "joinaliasvars")?),
            GROUP => nth(tree.list(entry, "groupexprs")?),
            SUBQUERY => match tree.field(entry, "subquery").filter(|item| tree.kind(*item).is_some()) {
                Some(inner) => result(tree, inner, number)?,
                None => Column::Within(entry),
            },
            FUNCTION => Column::Row(entry),
            WITH => self.with(tree, entry, query, number)?,
            _ => Column::Within(entry),
        })
    }
}

impl Scopes {
    /// The innermost query around an item.
    pub(super) fn around(&self, item: usize) -> Option<usize> {
        self.0[item]
    }

    /// What WITH says of the query that an entry of this query's range table reads.
    pub(super) fn common(
        &self,
        tree: &Tree<'_>,
        entry: usize,
        mut query: Option<usize>,
    ) -> Result<Option<usize>, TreeError> {
        for _ in 0..tree.number(entry, "ctelevelsup")? {
            query = query.and_then(|query| self.0[query]);
        }
        let Some(query) = query else { return Ok(None) };
        let name = tree.word(entry, "ctename")?;
        for &one in tree.list(query, "cteList")? {
            if tree.word(one, "ctename")? == name {
                return Ok(Some(one));
            }
        }
        Ok(None)
    }

    /// The column of such a query.
    fn with(&self, tree: &Tree<'_>, entry: usize, query: usize, number: i32) -> Result<Column, TreeError> {
        let one = self.common(tree, entry, Some(query))?;
        match one.and_then(|one| tree.field(one, "ctequery")).filter(|item| tree.kind(*item) == Some("QUERY"))
        {
            Some(inner) => result(tree, inner, number),
            None => Ok(Column::Within(entry)),
        }
    }
}

/// Whether several queries make the rows of this one together.
pub(super) fn is_set(tree: &Tree<'_>, query: usize) -> bool {
    tree.field(query, "setOperations").is_some_and(|item| tree.kind(item).is_some())
}

/// Whether a query is several by UNION ALL, and by nothing else.
pub(super) fn is_union_all(tree: &Tree<'_>, query: usize) -> bool {
    let mut open: Vec<usize> = tree.field(query, "setOperations").into_iter().collect();
    let mut any = false;
    while let Some(item) = open.pop() {
        match tree.kind(item) {
            Some("SETOPERATIONSTMT")
                if tree.word(item, "op") == Ok(UNION) && tree.word(item, "all") == Ok("true") =>
            {
                any = true;
                open.extend(["larg", "rarg"].iter().filter_map(|side| tree.field(item, side)));
            }
            Some("RANGETBLREF") => {}
            _ => return false,
        }
    }
    any
}

/// The column of a query's result, but for one that several queries make together.
fn result(tree: &Tree<'_>, query: usize, number: i32) -> Result<Column, TreeError> {
    if is_set(tree, query) {
        return Ok(Column::Within(query));
    }
    let targets = tree.list(query, "targetList")?;
    // Its number is its place, as a rule.
    let place = usize::try_from(number).ok().and_then(|number| targets.get(number.checked_sub(1)?));
    for &target in place.into_iter().chain(targets) {
        if tree.word(target, "resno")?.parse() == Ok(number) {
            let expression = tree.field(target, "expr").ok_or_else(|| TreeError::Shape("expr".to_owned()))?;
            return Ok(Column::Computed(expression));
        }
    }
    Ok(Column::Within(query))
}
