//! Where a value that names an object of the database tells no more than the text itself: the name of a value's type, of the relation
//! that a row is from, and the configuration of a text search.

use std::collections::HashSet;

use super::{Tree, TreeError};

const REGCLASS: u32 = 2205;
const REGCONFIG: u32 = 3734;
/// `pg_typeof`.
const PG_TYPEOF: u32 = 1619;
/// The column of a row that has its relation's number.
const TABLEOID: &str = "-6";
/// `ts_headline`, `to_tsvector`, `to_tsquery` and their like, where their first argument is the configuration.
const SEARCHES: [u32; 15] =
    [3743, 3744, 3745, 3746, 3747, 4201, 4202, 4205, 4206, 4211, 4212, 4214, 4216, 5006, 5007];

/// What a tree tells in such a way.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The nodes whose type is no matter.
    pub(super) nodes: HashSet<usize>,
    /// Whether the relation of a row is told.
    pub(super) origins: bool,
}

/// Finds the nodes.
pub(super) fn told(tree: &Tree<'_>) -> Result<Told, TreeError> {
    let mut told = Told::default();
    for node in 0..tree.items.len() {
        match tree.kind(node) {
            Some("FUNCEXPR") => match tree.number(node, "funcid")? {
                PG_TYPEOF => drop(told.nodes.insert(node)),
                called if SEARCHES.contains(&called) => {
                    for &argument in tree.list(node, "args")? {
                        if is_given(tree, argument)? {
                            told.nodes.insert(argument);
                        }
                    }
                }
                _ => {}
            },
            Some("RELABELTYPE") if tree.number(node, "resulttype")? == REGCLASS && is_origin(tree, node)? => {
                told.nodes.insert(node);
                told.origins = true;
            }
            _ => {}
        }
    }
    Ok(told)
}

/// Whether this is a configuration by name, or a parameter that is one.
fn is_given(tree: &Tree<'_>, node: usize) -> Result<bool, TreeError> {
    Ok(match tree.kind(node) {
        Some("CONST") => tree.number(node, "consttype")? == REGCONFIG,
        Some("PARAM") => tree.number(node, "paramtype")? == REGCONFIG,
        _ => false,
    })
}

/// Whether this is `tableoid::regclass`.
fn is_origin(tree: &Tree<'_>, relabel: usize) -> Result<bool, TreeError> {
    let Some(argument) = tree.field(relabel, "arg").filter(|item| tree.kind(*item) == Some("VAR")) else {
        return Ok(false);
    };
    Ok(tree.word(argument, "varattno")? == TABLEOID)
}
