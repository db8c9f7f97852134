//! What a relation is a partition or child of, so that denying a table denies what has its rows.

use std::collections::BTreeSet;

use serde::Deserialize;

/// A relation that another one is a partition or child of, at any depth.
///
/// PostgreSQL merges columns by their names: whatever an ancestor has by some name, the child has from it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Ancestor {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its columns, fetched only where a pattern speaks of columns.
    pub columns: BTreeSet<String>,
}

impl Ancestor {
    /// Its name with its schema's.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }
}
