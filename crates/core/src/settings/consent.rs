//! `[consent.NAME]` as the rest of the program sees it: whose records may be withdrawn, and which tables show them.

use crate::Ident;

/// The records of one kind, such as a person's health record, and the tables that show them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentSettings {
    /// `consent.NAME.root`: the table that has one row a record, and its key.
    pub root: KeyColumn,
    /// `consent.NAME.children`: the tables whose rows belong to a record.
    pub children: Vec<ConsentChild>,
    /// `consent.NAME.except`: tables that carry the key and show nothing of a person, which `check` then says nothing of.
    pub except: Vec<TableName>,
    /// `consent.NAME.default`: what a record is that nobody has said anything of.
    pub default: ConsentDefault,
    /// `consent.NAME.break_glass`: the database roles that may open one record for a reason, until a time.
    pub break_glass: Vec<Ident>,
}

/// A table, by its schema and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableName {
    /// The schema.
    pub schema: Ident,
    /// The table.
    pub table: Ident,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyColumn {
    /// The table.
    pub table: TableName,
    /// The column.
    pub column: Ident,
}

/// A table whose rows belong to a record: it carries the record's key, or leads to a table that does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentChild {
    /// The table, and the column that has the key or leads on.
    pub key: KeyColumn,
    /// The column of another such table that it leads to; absent where the table has the key itself.
    pub through: Option<KeyColumn>,
}

/// What a record is that nobody has said anything of.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum ConsentDefault {
    /// Visible, until it is revoked.
    #[default]
    Allow,
    /// Hidden, until it is allowed.
    Deny,
}

impl std::fmt::Display for TableName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.schema, self.table)
    }
}

impl std::fmt::Display for KeyColumn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({})", self.table, self.column)
    }
}

impl TableName {
    /// Schema and name as they may stand in SQL.
    #[must_use]
    pub fn quoted(&self) -> String {
        format!("{}.{}", self.schema.quoted(), self.table.quoted())
    }
}
