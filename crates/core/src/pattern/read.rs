//! An entry of `read`: what a managed role may read.

use super::{Glob, PatternError, parts};
use crate::Ident;

/// An entry of `read`: a whole schema, or tables of it.
///
/// `reporting` is the schema with everything in it; `reporting.daily_*` only the tables that match.
///
/// ```
/// use rolewright_core::pattern::Read;
///
/// let daily = Read::parse("reporting.daily_*")?;
/// assert!(daily.covers_table("reporting", "daily_visits"));
/// assert!(!daily.covers_table("reporting", "users"));
/// assert!(Read::parse("*").is_err(), "a schema is always named");
/// # Ok::<(), rolewright_core::pattern::PatternError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The schema's name; never a glob, so that what is opened is named.
    pub schema: Ident,
    /// The glob over its relations; absent means all of them.
    pub table: Option<Glob>,
    pub(super) written: String,
}

impl Read {
    /// Reads `schema` or `schema.table-glob`.
    ///
    /// # Errors
    /// When a part is empty, the schema is a glob or no name, or there are more than two parts.
    pub fn parse(pattern: &str) -> Result<Self, PatternError> {
        let parts = parts::split(pattern)?;
        let (schema, table) = match parts.as_slice() {
            [schema] => (schema, None),
            [schema, table] => (schema, Some(table.glob()?)),
            more => {
                return Err(PatternError::Parts {
                    pattern: pattern.to_owned(),
                    parts: more.len(),
                    expected: "`schema` or `schema.table`",
                });
            }
        };
        if schema.is_glob() {
            return Err(PatternError::SchemaGlob { pattern: pattern.to_owned() });
        }
        Ok(Self { schema: Ident::new(schema.text.clone())?, table, written: pattern.to_owned() })
    }

    /// A whole schema.
    #[must_use]
    pub fn schema(schema: Ident) -> Self {
        let written = schema.as_str().to_owned();
        Self { schema, table: None, written }
    }

    /// Whether this relation is opened by this entry.
    #[must_use]
    pub fn covers_table(&self, schema: &str, table: &str) -> bool {
        self.schema.as_str() == schema && self.table.as_ref().is_none_or(|glob| glob.matches(table))
    }

    /// Whether this entry names this very relation, rather than a schema or a glob that covers it.
    ///
    /// ```
    /// use rolewright_core::pattern::Read;
    ///
    /// assert!(Read::parse("reporting.daily")?.names_table("reporting", "daily"));
    /// assert!(!Read::parse("reporting.dail[y]")?.names_table("reporting", "daily"));
    /// assert!(!Read::parse("reporting")?.names_table("reporting", "daily"));
    /// # Ok::<(), rolewright_core::pattern::PatternError>(())
    /// ```
    #[must_use]
    pub fn names_table(&self, schema: &str, table: &str) -> bool {
        self.schema.as_str() == schema && self.table.as_ref().and_then(Glob::name) == Some(table)
    }

    /// Whether the whole schema is opened by this entry.
    #[must_use]
    pub fn covers_schema(&self, schema: &str) -> bool {
        self.table.is_none() && self.schema.as_str() == schema
    }
}
