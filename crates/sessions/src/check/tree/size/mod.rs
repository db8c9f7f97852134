//! How large a query becomes while it is planned. The planner puts queries in FROM, in WITH and behind views into those around them, so
//! that each column there becomes a copy of what it stands for, and a few levels of `x + x` are a million nodes; it copies what is said of
//! a relation for each partition of it; and nothing can interrupt the copying.

mod merged;
mod parts;
mod query;
mod reach;
mod views;
mod walk;

use super::{Tree, TreeError, read::Item};
use views::Views;
use walk::Sizes;

/// The most nodes of the text's own, and the most with those of views and of each partition; a copied one takes 200 to 550 bytes.
const MOST: u64 = 100_000;
const MOST_PLANNED: u64 = 800_000;
/// The most calls that give sets within each other.
const MOST_SETS: usize = 20;

/// What is behind the numbers of a tree.
pub(crate) trait Behind {
    /// The tree of a view's body.
    fn view(&self, relation: u32) -> Option<&str>;
    /// How many relations are read where this one is, with its partitions and children; and how many columns and indexes each has.
    fn relations(&self, relation: u32) -> (u64, u64, u64);
    /// The nodes that columns of a table's become when they are read, by number.
    fn computed(&self, relation: u32) -> Vec<(i32, u64)>;
    /// Whether an aggregate may be answered by an index, as min and max are.
    fn is_extreme(&self, function: u32) -> bool;
}

/// Refuses a tree that would become too large. Else: how often each of its parameters would be copied.
pub(crate) fn bounded(
    tree: &Tree<'_>,
    behind: &dyn Behind,
    parameters: usize,
) -> Result<Vec<u64>, TreeError> {
    if sets_within_sets(tree)? > MOST_SETS {
        return Err(TreeError::Copied);
    }
    let mut views = Views::over(behind);
    let mut sizes = Sizes::over(tree, &mut views, None)?;
    let size = sizes.of(0, Mode::Merged)?;
    if size.nodes > MOST || size.all() > MOST_PLANNED {
        return Err(TreeError::Copied);
    }
    (1..=parameters).map(|number| sizes.copies_of(number)).collect()
}

/// How many calls that give sets stand within each other: each is a level of the plan, which carries all other results.
fn sets_within_sets(tree: &Tree<'_>) -> Result<usize, TreeError> {
    let mut around = vec![0_usize; tree.items.len()];
    let mut most = 0;
    // Items refer to later ones only.
    for number in 0..tree.items.len() {
        let is_set = match tree.kind(number) {
            Some("FUNCEXPR") => tree.word(number, "funcretset")? == "true",
            Some("OPEXPR") => tree.word(number, "opretset")? == "true",
            _ => false,
        };
        let inside = around[number] + usize::from(is_set);
        most = most.max(inside);
        match &tree.items[number] {
            Item::Node(_, fields) => fields.iter().for_each(|(_, item)| around[*item] = inside),
            Item::List(items) => items.iter().for_each(|item| around[*item] = inside),
            Item::Word(_) | Item::Bytes(_) => {}
        }
    }
    Ok(most)
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counted {
    /// All nodes.
    Nodes,
    /// Those of one parameter, by its number.
    Parameter(usize),
}

/// What a column becomes a copy of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Mode {
    /// What it stands for in a query that is put in its place.
    Merged,
    /// What it stands for in any query, as in a condition that is taken into it.
    Pushed,
}

/// How large something becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Size {
    /// Its nodes, with those of its sublinks.
    nodes: u64,
    /// Those that are copied with it: of a sublink, which is planned by itself, only what it takes from around it.
    own: u64,
    /// Those of these that its columns become.
    columns: u64,
    /// Those that columns of queries around it become.
    outer: u64,
    /// What is planned for it besides: what is copied for each relation that is read, and the bodies of views.
    planned: u64,
}

impl Size {
    const ONE: Self = Self { nodes: 1, own: 1, columns: 0, outer: 0, planned: 0 };

    fn plus(self, other: Self) -> Self {
        self.each(other, u64::saturating_add)
    }

    fn times(self, times: u64) -> Self {
        self.each(
            Self { nodes: times, own: times, columns: times, outer: times, planned: times },
            u64::saturating_mul,
        )
    }

    /// The larger of two of which only one is in each copy.
    fn or(self, other: Self) -> Self {
        Self { own: self.own.max(other.own), columns: self.columns.max(other.columns), ..self.plus(other) }
    }

    /// At least one node.
    fn some(self) -> Self {
        Self { nodes: self.nodes.max(1), own: self.own.max(1), ..self }
    }

    fn all(self) -> u64 {
        self.nodes.saturating_add(self.planned)
    }

    fn each(self, other: Self, with: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            nodes: with(self.nodes, other.nodes),
            own: with(self.own, other.own),
            columns: with(self.columns, other.columns),
            outer: with(self.outer, other.outer),
            planned: with(self.planned, other.planned),
        }
    }
}
