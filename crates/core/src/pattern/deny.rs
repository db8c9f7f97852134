//! An entry of `deny`: what a managed role may never read, whatever `read` says.

use super::{Glob, PatternError, parts};

/// An entry of `deny`: tables, or columns of tables. A generated column that is computed from a denied one is denied with
/// it, and so are partitions and children of a denied table, and what they have of a denied column; a view over either is
/// reported, not refused.
///
/// ```
/// use rolewright_core::pattern::Deny;
///
/// let password = Deny::parse("public.users.pass*")?;
/// assert!(password.column("public", "users", "password"));
/// assert!(!password.table("public", "users"), "the rest of the table stays readable");
/// assert!(Deny::always().table("rolewright", "local_system_secrets"));
/// # Ok::<(), rolewright_core::pattern::PatternError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deny {
    /// The glob over schemas.
    pub schema: Glob,
    /// The glob over relations.
    pub table: Glob,
    /// The glob over columns; absent means the whole table.
    pub column: Option<Glob>,
    pub(super) written: String,
}

impl Deny {
    /// Reads `schema.table` or `schema.table.column`, each part a glob.
    ///
    /// # Errors
    /// When a part is empty or no glob, or there are fewer than two or more than three parts.
    pub fn parse(pattern: &str) -> Result<Self, PatternError> {
        let parts = parts::split(pattern)?;
        let (schema, table, column) = match parts.as_slice() {
            [schema, table] => (schema, table, None),
            [schema, table, column] => (schema, table, Some(column.glob()?)),
            other => {
                return Err(PatternError::Parts {
                    pattern: pattern.to_owned(),
                    parts: other.len(),
                    expected: "`schema.table` or `schema.table.column`; `schema.*` is a whole schema",
                });
            }
        };
        Ok(Self { schema: schema.glob()?, table: table.glob()?, column, written: pattern.to_owned() })
    }

    /// The entry that every managed role has, configured or not: the table of sealed secrets.
    #[must_use]
    pub fn always() -> Self {
        Self {
            schema: Glob::literal("rolewright"),
            table: Glob::literal("local_system_secrets"),
            column: None,
            written: "rolewright.local_system_secrets".to_owned(),
        }
    }

    /// Whether this entry denies the whole relation.
    #[must_use]
    pub fn table(&self, schema: &str, table: &str) -> bool {
        self.column.is_none() && self.matches_table(schema, table)
    }

    /// Whether this entry denies this column, by itself or with its whole relation.
    #[must_use]
    pub fn column(&self, schema: &str, table: &str, column: &str) -> bool {
        self.matches_table(schema, table) && self.column.as_ref().is_none_or(|glob| glob.matches(column))
    }

    /// Whether some relation of this schema, present or future, could match.
    #[must_use]
    pub fn may_touch_schema(&self, schema: &str) -> bool {
        self.schema.matches(schema)
    }

    fn matches_table(&self, schema: &str, table: &str) -> bool {
        self.schema.matches(schema) && self.table.matches(table)
    }
}
