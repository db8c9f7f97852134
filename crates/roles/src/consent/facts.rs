//! What the catalogs say of the tables of records, as plain values.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What the catalogs say.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Observed {
    pub(super) recovery: bool,
    /// The wanted tables that there are, and their partitions and children.
    pub(super) tables: Vec<Table>,
    /// The kinds that are written down.
    pub(super) kinds: BTreeMap<String, KindRow>,
    /// Who may open records: kind and role.
    pub(super) openers: Vec<(String, String)>,
    /// The roles that may call what opens a record, core not among them.
    pub(super) callers: Vec<String>,
    /// The roles that may look into our two schemas: schema and role.
    pub(super) visitors: Vec<(String, String)>,
    /// Whether the policies can ask what they ask.
    pub(super) readable: bool,
    /// Of the roles that shall, those that there are.
    pub(super) present: Vec<String>,
    /// Other tables that carry a record's key.
    pub(super) carriers: Vec<Carrier>,
    /// Views over the tables, materialized or not.
    pub(super) views: Vec<View>,
    /// Roles that no policy binds, superusers not among them.
    pub(super) unbound: Vec<String>,
    /// Roles that something was said for, and that are not there.
    pub(super) nobody: Vec<String>,
    /// Our policies of kinds that are not wanted, or on tables that are not.
    pub(super) left: Vec<Left>,
}

/// A table.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Table {
    pub(super) schema: String,
    pub(super) name: String,
    /// Quoted, as it may stand in SQL.
    pub(super) sql: String,
    /// `pg_class.relkind`.
    pub(super) kind: String,
    pub(super) owner: String,
    /// Whether core has its owner's rights.
    pub(super) ours: bool,
    pub(super) enabled: bool,
    pub(super) forced: bool,
    /// The wanted tables whose rows are in it, as schema and name; itself among them.
    pub(super) tops: Vec<(String, String)>,
    pub(super) columns: BTreeMap<String, Column>,
    pub(super) policies: BTreeMap<String, Policy>,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Column {
    #[serde(rename = "type")]
    pub(super) type_name: String,
    /// Whether equal values are the same text.
    pub(super) deterministic: bool,
    /// Whether no two rows have the same value.
    pub(super) unique: bool,
}

/// A policy.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Policy {
    pub(super) comment: Option<String>,
    pub(super) permissive: bool,
    /// Its fingerprint.
    pub(super) kept: String,
}

/// What is written down of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct KindRow {
    pub(super) key_type: String,
    pub(super) by_default: String,
}

/// A table that carries the key.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Carrier {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) column: String,
    #[serde(rename = "type")]
    pub(super) type_name: String,
    /// The table that its foreign key refers to, where that is why.
    pub(super) refers: Option<(String, String)>,
}

/// A view.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct View {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) materialized: bool,
    pub(super) owner: String,
    /// Whether it runs with its owner's rights, and no policy binds that one.
    pub(super) bypasses: bool,
    /// The tables it is over.
    pub(super) over: Vec<(String, String)>,
}

/// A policy of ours that nobody wants any more.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Left {
    pub(super) policy: String,
    pub(super) table: String,
}

impl Observed {
    pub(super) fn table(&self, schema: &str, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.schema == schema && table.name == name)
    }
}

impl Column {
    /// The type its values are compared in; nothing where texts could not tell them apart.
    pub(super) fn key_type(&self) -> Option<&'static str> {
        match self.type_name.as_str() {
            "uuid" => Some("uuid"),
            "smallint" | "integer" | "bigint" => Some("bigint"),
            "text" | "character varying" if self.deterministic => Some("text"),
            _ => None,
        }
    }
}
