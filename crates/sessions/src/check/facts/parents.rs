//! What relations are partitions and children of.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
};

use serde::Deserialize;
use tokio_postgres::types::{FromSql, Type, accepts};

/// A relation that another one is a partition or child of. What it has by some name, the other has from it: columns are merged by name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Parent {
    pub(crate) schema: String,
    pub(crate) name: String,
    /// Whether the role may look it up.
    pub(crate) seen: bool,
    pub(crate) columns: BTreeSet<String>,
}

impl Parent {
    pub(crate) fn full_name(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }
}

/// All of one relation's, by their numbers, as `json`.
pub(super) struct Parents(pub(super) BTreeMap<u32, Parent>);

impl FromSql<'_> for Parents {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(serde_json::from_slice(raw)?))
    }

    accepts!(JSON);
}
