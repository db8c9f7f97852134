//! One thing that is left of a tenant, and the statement that drops it.

use sea_orm::{DbErr, QueryResult};

/// One of those that are left.
pub(super) struct Piece {
    /// What it is, and its name.
    pub(super) object: String,
    /// Whether something older hangs on it, or on what hangs on it.
    pub(super) held: bool,
    /// Whether it is a relation, of which it can be asked alone what hangs on it.
    pub(super) relation: bool,
    pub(super) lockable: bool,
    pub(super) oid: String,
}

impl Piece {
    pub(super) fn of(row: &QueryResult) -> Result<Self, DbErr> {
        Ok(Self {
            object: row.try_get("", "object")?,
            held: row.try_get("", "held")?,
            relation: row.try_get("", "relation")?,
            lockable: row.try_get("", "lockable")?,
            oid: row.try_get("", "oid")?,
        })
    }
}

/// An object may have gone with one before it, by CASCADE.
pub(super) fn drop_of(object: &str) -> String {
    match object.split_once(' ') {
        _ if object.starts_with("MATERIALIZED VIEW ") => {
            object.replacen("MATERIALIZED VIEW ", "DROP MATERIALIZED VIEW IF EXISTS ", 1) + " CASCADE"
        }
        _ if object.starts_with("FOREIGN TABLE ") => {
            object.replacen("FOREIGN TABLE ", "DROP FOREIGN TABLE IF EXISTS ", 1) + " CASCADE"
        }
        Some((kind, name)) => format!("DROP {kind} IF EXISTS {name} CASCADE"),
        None => String::new(),
    }
}
