//! Which queries the planner puts into those around them.

use super::{
    super::{Tree, TreeError, scope::Scopes, simple::is_simple},
    Mode,
};

/// `RTE_SUBQUERY`, `RTE_CTE`; and of WITH: as it is by default, and NOT MATERIALIZED.
pub(super) const SUBQUERY: u32 = 1;
pub(super) const WITH: u32 = 6;
const DEFAULT: u32 = 0;
const NEVER: u32 = 2;

impl Scopes {
    /// Whether a column may become a copy of what it stands for.
    pub(super) fn is_merged(&self, tree: &Tree<'_>, var: usize, mode: Mode) -> Result<bool, TreeError> {
        let Some((query, entry)) = self.entry(tree, var)? else { return Ok(true) };
        let inner = match tree.number(entry, "rtekind")? {
            SUBQUERY => tree.field(entry, "subquery"),
            WITH => match self.copied_from(tree, entry, Some(query))? {
                Some(inner) => Some(inner),
                None => return Ok(false),
            },
            _ => return Ok(true),
        };
        let inner = inner.filter(|inner| mode == Mode::Merged && tree.kind(*inner) == Some("QUERY"));
        Ok(inner.is_none_or(|inner| is_simple(tree, inner)))
    }

    /// The WITH query that is put in the place of an entry that reads it.
    pub(super) fn copied(&self, tree: &Tree<'_>, entry: usize) -> Result<Option<usize>, TreeError> {
        self.copied_from(tree, entry, self.around(entry))
    }

    fn copied_from(
        &self,
        tree: &Tree<'_>,
        entry: usize,
        query: Option<usize>,
    ) -> Result<Option<usize>, TreeError> {
        let Some(one) = self.common(tree, entry, query)? else { return Ok(None) };
        let (kept, read) = (tree.number(one, "ctematerialized")?, tree.number(one, "cterefcount")?);
        let copied = kept == NEVER || kept == DEFAULT && read == 1;
        Ok(tree.field(one, "ctequery").filter(|_| copied))
    }
}
