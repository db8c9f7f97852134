//! Which queries in FROM and WITH are not merged with the one around them, and so computed by themselves.

use std::collections::BTreeSet;

use super::{
    Tree, TreeError,
    computed::{Computed, Reading},
    placed::within,
    scope::is_set,
    simple::is_simple,
};

/// `CTEMaterializeAlways` and `CTEMaterializeNever`.
pub(super) const ALWAYS: u32 = 1;
const NEVER: u32 = 2;

/// A query, or its list, that may be merged with the one around it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Merged {
    pub(crate) computed: Computed,
    /// The relations that queries in it read.
    pub(crate) relations: BTreeSet<u32>,
}

impl Merged {
    pub(super) fn of(tree: &Tree<'_>, reading: &Reading<'_, '_>, part: usize) -> Result<Self, TreeError> {
        let (mut relations, mut open) = (BTreeSet::new(), vec![part]);
        while let Some(item) = open.pop() {
            if matches!(tree.kind(item), Some("RTE" | "RANGETBLENTRY"))
                && tree.word(item, "rtekind") == Ok("0")
            {
                relations.insert(tree.number(item, "relid")?);
            }
            open.extend(within(tree, item));
        }
        Ok(Self { computed: reading.expression(part)?, relations })
    }
}

/// The queries in FROM and WITH that are not merged with the one around them; and of those that are what may have nothing VOLATILE in it.
pub(super) fn queries(tree: &Tree<'_>) -> Result<(Vec<usize>, Vec<usize>), TreeError> {
    let (mut staying, mut merged) = (Vec::new(), Vec::new());
    for item in 0..tree.items.len() {
        let (query, always) = match tree.kind(item) {
            Some("RTE" | "RANGETBLENTRY") => (tree.field(item, "subquery"), false),
            Some("COMMONTABLEEXPR") => {
                let kept = tree.number(item, "ctematerialized")?;
                let again = tree.number(item, "cterefcount")? > 1;
                (tree.field(item, "ctequery"), kept == ALWAYS || again && kept != NEVER)
            }
            _ => continue,
        };
        let Some(query) = query.filter(|query| tree.kind(*query) == Some("QUERY")) else { continue };
        let stays = always || is_set(tree, query) || !is_simple(tree, query);
        let list = if tree.kind(item) == Some("COMMONTABLEEXPR") {
            Some(query)
        } else {
            tree.field(query, "targetList")
        };
        if stays {
            staying.push(query);
        } else {
            merged.extend(list);
        }
    }
    Ok((staying, merged))
}
