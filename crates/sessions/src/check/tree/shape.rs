//! Whether a tree is one query that only reads, and where its outermost query is.

use super::{Tree, TreeError, read::Item};

/// What a tree is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// A function's body: a list of a list of statements.
    Function,
    /// A view's rule: a list of queries.
    View,
    /// A domain's check.
    Expression,
}

/// Why a tree is not one query that only reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotOne {
    /// It could not be read.
    Tree(TreeError),
    /// There is none, or more than one.
    Several,
    /// Some query in it is not a SELECT.
    Writes,
    /// It locks rows.
    Locks,
}

impl From<TreeError> for NotOne {
    fn from(error: TreeError) -> Self {
        Self::Tree(error)
    }
}

/// The outermost query of a body; every query of the tree is a SELECT that locks nothing.
pub(crate) fn body(tree: &Tree<'_>, body: Body) -> Result<usize, NotOne> {
    let root = match body {
        Body::Function => only(tree, only(tree, 0)?)?,
        Body::View => only(tree, 0)?,
        Body::Expression => 0,
    };
    if body != Body::Expression && tree.kind(root) != Some("QUERY") {
        return Err(NotOne::Writes);
    }
    for number in 0..tree.items.len() {
        if tree.kind(number) == Some("QUERY") {
            one(tree, number)?;
        }
    }
    Ok(root)
}

fn only(tree: &Tree<'_>, list: usize) -> Result<usize, NotOne> {
    match &tree.items[list] {
        Item::List(items) if items.len() == 1 => Ok(items[0]),
        Item::List(_) => Err(NotOne::Several),
        _ => Err(NotOne::Writes),
    }
}

fn one(tree: &Tree<'_>, query: usize) -> Result<(), NotOne> {
    let is = |name: &str, value: &str| Ok::<_, TreeError>(tree.word(query, name)? == value);
    if !is("commandType", "1")?
        || !is("hasModifyingCTE", "false")?
        || !is("utilityStmt", "<>")?
        || !is("resultRelation", "0")?
        || !is("isReturn", "false")?
        || !is("onConflict", "<>")?
        || !tree.list(query, "returningList")?.is_empty()
    {
        return Err(NotOne::Writes);
    }
    if !tree.list(query, "rowMarks")?.is_empty() || !is("hasForUpdate", "false")? {
        return Err(NotOne::Locks);
    }
    Ok(())
}
