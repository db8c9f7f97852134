//! Which columns of a relation are computed from which others, so that denying a column denies what shows it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// The generated columns of a relation, each with the columns that its expression reads.
///
/// One step is all there is: PostgreSQL lets no generated column read another one, and no whole row
/// ([Generated Columns](https://www.postgresql.org/docs/current/ddl-generated-columns.html)). A column that lost its
/// expression (`ALTER COLUMN … DROP EXPRESSION`) keeps its values and is a column like any other: deny it by its name.
///
/// ```
/// use rolewright_roles::computed::Computed;
///
/// let computed: Computed = serde_json::from_str(r#"{"initials": ["first", "last"]}"#)?;
/// assert_eq!(computed.of("initials").collect::<Vec<_>>(), ["first", "last"]);
/// assert_eq!(computed.of("first").count(), 0);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct Computed(BTreeMap<String, BTreeSet<String>>);

impl Computed {
    /// The columns that this one is computed from: none, where it is an ordinary column.
    pub fn of(&self, column: &str) -> impl Iterator<Item = &str> {
        self.0.get(column).into_iter().flatten().map(String::as_str)
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &[&str]); N]> for Computed {
    fn from(columns: [(&str, &[&str]); N]) -> Self {
        let from = |of: &[&str]| of.iter().map(|name| (*name).to_owned()).collect();
        Self(columns.into_iter().map(|(name, of)| (name.to_owned(), from(of))).collect())
    }
}
