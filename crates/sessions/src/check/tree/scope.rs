//! Which query a part of a tree belongs to, and so which column a VAR in it is.

use super::{Tree, TreeError, read::Item};

/// Kinds of entries of a range table (`RTEKind`).
const RELATION: u32 = 0;
const SUBQUERY: u32 = 1;
const JOIN: u32 = 2;
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
    /// Something else: of a function, of VALUES, of a set operation or of a WITH query.
    Other,
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
                Item::Word(_) | Item::Bytes => {}
            }
        }
        Self(queries)
    }

    /// What a VAR is.
    pub(super) fn column(&self, tree: &Tree<'_>, var: usize) -> Result<Column, TreeError> {
        let shape = || TreeError::Shape("varno".to_owned());
        let number: i32 =
            tree.word(var, "varattno")?.parse().map_err(|_| TreeError::Shape("varattno".to_owned()))?;
        let mut query = self.0[var];
        for _ in 0..tree.number(var, "varlevelsup")? {
            query = self.0[query.ok_or_else(shape)?];
        }
        let Some(query) = query else { return Ok(Column::Own(number)) };
        let place = (tree.number(var, "varno")? as usize).checked_sub(1);
        let entry = *place.and_then(|place| tree.list(query, "rtable").ok()?.get(place)).ok_or_else(shape)?;
        let nth = |items: &[usize]| {
            let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
            place.and_then(|place| items.get(place)).map_or(Column::Other, |item| Column::Computed(*item))
        };
        Ok(match tree.number(entry, "rtekind")? {
            RELATION => Column::Of(tree.number(entry, "relid")?, number),
            JOIN => nth(tree.list(entry, "joinaliasvars")?),
            GROUP => nth(tree.list(entry, "groupexprs")?),
            SUBQUERY => subquery(tree, entry, number)?,
            _ => Column::Other,
        })
    }
}

/// The column of a query in FROM, but for one that several queries make together.
fn subquery(tree: &Tree<'_>, entry: usize, number: i32) -> Result<Column, TreeError> {
    let Some(query) = tree.field(entry, "subquery").filter(|item| tree.kind(*item).is_some()) else {
        return Ok(Column::Other);
    };
    if tree.field(query, "setOperations").is_some_and(|item| tree.kind(item).is_some()) {
        return Ok(Column::Other);
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
    Ok(Column::Other)
}
