//! PostgreSQL's own tree of a query, read from its text form (`nodeToString`), and what it mentions.
//!
//! Everything is read or refused: a node, a field or a shape that is not known ends the reading. Nothing here recurses, so
//! that no depth of a text can overflow the stack.

mod aggregates;
mod asking;
mod carries;
mod casts;
mod columns;
mod computed;
mod conditions;
mod constant;
mod folded;
mod harmless;
mod kept;
mod known;
mod lexer;
mod loose;
mod mentions;
mod named;
mod nulled;
mod numbers;
mod placed;
mod policy;
mod quiet;
mod read;
mod scope;
mod searches;
mod settled;
mod shape;
mod shown;
mod silent;
mod simple;
mod size;
mod stays;
mod times;
mod unsound;
mod whole;
mod zones;

pub(crate) use carries::{Carries, carried, carries_own};
pub(crate) use columns::{Target, TypeOf, targets};
pub(crate) use computed::{Computed, over_row, results};
pub(crate) use conditions::{Conditions, asked, compared, conditions, kept_by_conditions, loosely, together};
pub(crate) use kept::{By, Kept, Of, kept};
pub(crate) use loose::Loose;
pub(crate) use mentions::{Mentions, Used, mentions};
pub(crate) use placed::{Placed, placed};
pub(crate) use policy::{Asked, is_true, of_policy};
pub(crate) use quiet::Quiet;
pub(crate) use read::Tree;
pub(crate) use shape::{Body, NotOne, body};
pub(crate) use shown::{Shown, shown};
pub(crate) use size::{Behind, bounded};
pub(crate) use stays::Merged;
pub use unsound::Unsound;
pub(crate) use unsound::is_said_to_be_leakproof;
#[doc(hidden)]
pub use zones::time_zones;

#[cfg(test)]
mod tests;

/// Why a tree could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TreeError {
    /// The text is not a tree.
    #[error("the tree is malformed at byte {0}")]
    Malformed(usize),
    /// A kind of node that is not known.
    #[error("the node {0} is not known")]
    Node(String),
    /// A field that the node is not known to have.
    #[error("the field {0} is not known")]
    Field(String),
    /// A field that is there in another form than it should be, or not at all.
    #[error("the field {0} is not as it should be")]
    Shape(String),
    /// It is larger or deeper than any report should be.
    #[error("the tree is too large")]
    TooLarge,
    /// The planner would make too much of it.
    #[error("parts of the tree are copied too often")]
    Copied,
}
