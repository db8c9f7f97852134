//! Patterns over `schema`, `schema.table` and `schema.table.column`, as `read` and `deny` take them.
//!
//! Each part between dots is a glob of its own (`*`, `?`, `[…]`), case-sensitive like the catalogs.

/// An entry of `read`: a whole schema, or tables of it.
///
/// `reporting` is the schema with everything in it; `reporting.daily_*` only the tables that match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The schema's name; never a glob, so that what is opened is named.
    pub schema: crate::Ident,
    /// The glob over its relations; absent means all of them.
    pub table: Option<Glob>,
}

/// An entry of `deny`: tables, or columns of tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deny {
    /// The glob over schemas.
    pub schema: Glob,
    /// The glob over relations.
    pub table: Glob,
    /// The glob over columns; absent means the whole table.
    pub column: Option<Glob>,
}

/// One glob over names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob(String);

impl Glob {
    /// The glob as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
