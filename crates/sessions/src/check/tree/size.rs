//! How large a query becomes when the planner puts queries in FROM, and in WITH, into those around them: each column there becomes a copy
//! of what it stands for, so that a few levels of `x + x` are a million nodes, and nothing can interrupt the copying.

use std::collections::HashMap;

use super::{
    Tree, TreeError,
    read::Item,
    scope::{Column, Scopes},
};

/// The most nodes.
const MOST: u64 = 100_000;
/// `RTE_CTE`; and of WITH: as it is by default, and NOT MATERIALIZED.
const WITH: u32 = 6;
const DEFAULT: u32 = 0;
const NEVER: u32 = 2;

/// Refuses a tree that would become too large.
pub(crate) fn bounded(tree: &Tree<'_>) -> Result<(), TreeError> {
    let mut sizes = Sizes { tree, scopes: Scopes::of(tree), known: HashMap::new() };
    if sizes.of(0)? > MOST { Err(TreeError::TooLarge) } else { Ok(()) }
}

struct Sizes<'t, 'a> {
    tree: &'t Tree<'a>,
    scopes: Scopes,
    /// By item; what is being measured counts nothing within itself, as a recursive query does not.
    known: HashMap<usize, u64>,
}

impl Sizes<'_, '_> {
    /// The nodes of an item, each column as large as what it stands for. This calls itself once for each level of queries.
    fn of(&mut self, root: usize) -> Result<u64, TreeError> {
        if let Some(known) = self.known.get(&root) {
            return Ok(*known);
        }
        self.known.insert(root, 0);
        let (mut size, mut open) = (0_u64, vec![root]);
        while let Some(number) = open.pop() {
            match &self.tree.items[number] {
                Item::Node(_, fields) => {
                    size = size.saturating_add(self.node(number)?);
                    open.extend(fields.iter().map(|(_, item)| item));
                }
                Item::List(items) => open.extend(items),
                Item::Word(_) | Item::Bytes => {}
            }
        }
        self.known.insert(root, size);
        Ok(size)
    }

    fn node(&mut self, number: usize) -> Result<u64, TreeError> {
        match self.tree.kind(number) {
            Some("VAR") => match self.scopes.column(self.tree, number)? {
                Column::Computed(item) => Ok(self.of(item)?.max(1)),
                _ => Ok(1),
            },
            Some("RTE" | "RANGETBLENTRY") if self.tree.number(number, "rtekind")? == WITH => {
                match self.scopes.copied(self.tree, number)? {
                    Some(query) => Ok(self.of(query)?.saturating_add(1)),
                    None => Ok(1),
                }
            }
            _ => Ok(1),
        }
    }
}

impl Scopes {
    /// The WITH query that is put in the place of an entry that reads it.
    fn copied(&self, tree: &Tree<'_>, entry: usize) -> Result<Option<usize>, TreeError> {
        let Some(one) = self.common(tree, entry, self.around(entry))? else { return Ok(None) };
        let (kept, read) = (tree.number(one, "ctematerialized")?, tree.number(one, "cterefcount")?);
        let copied = kept == NEVER || kept == DEFAULT && read == 1;
        Ok(tree.field(one, "ctequery").filter(|_| copied))
    }
}
