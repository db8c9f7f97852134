//! Who can read what: roles × relations, from the rights the server says are in effect.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::DatabaseConnection;
use serde::Serialize;

use crate::{Desired, ProvisionError, verify};

/// The whole table. Schemas, relations and roles are sorted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// The columns: managed roles, by their names in PostgreSQL.
    pub roles: Vec<String>,
    /// The rows.
    pub rows: Vec<MatrixRow>,
}

/// One relation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MatrixRow {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub relation: String,
    /// What it is: `table`, `view`, `materialized view`, `foreign table`.
    pub kind: &'static str,
    /// One cell per role, in the order of [`Matrix::roles`].
    pub cells: Vec<Cell>,
}

/// What one role may do with one relation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cell {
    /// Read all of it.
    Read,
    /// Read these columns only.
    Columns(Vec<String>),
    /// Not read it, because it is denied.
    Denied,
    /// Not read it, because nothing asks for it.
    None,
    /// Write to it, which no managed role should.
    Write,
}

/// The matrix of this database.
///
/// # Errors
/// What the server or the connection said.
pub async fn matrix(db: &DatabaseConnection, desired: &Desired) -> Result<Matrix, ProvisionError> {
    let rights = verify::rights(db, desired).await?;
    // The checker reads nothing, which `verify` proves.
    let readers = || desired.roles.values().filter(|role| !role.is_checker());
    let roles = readers().map(|role| role.name.as_str().to_owned()).collect();
    let mut rows: BTreeMap<(String, String), MatrixRow> = BTreeMap::new();
    for relation in &rights.relations {
        if relation.kind == 'S' {
            continue;
        }
        let cells: Vec<Cell> = readers()
            .map(|role| {
                let held = relation.rights.get(role.name.as_str());
                match held {
                    Some(held) if !held.write.is_empty() => Cell::Write,
                    Some(held) if held.select => Cell::Read,
                    Some(held) if !held.columns.is_empty() => Cell::Columns(held.columns.clone()),
                    _ if role.denies_table(&relation.schema, &relation.name, &relation.ancestors) => {
                        Cell::Denied
                    }
                    _ => Cell::None,
                }
            })
            .collect();
        let row = MatrixRow {
            schema: relation.schema.clone(),
            relation: relation.name.clone(),
            kind: kind(relation.kind),
            cells,
        };
        rows.insert((row.schema.clone(), row.relation.clone()), row);
    }
    Ok(Matrix { roles, rows: rows.into_values().collect() })
}

impl Matrix {
    /// The schemas it shows.
    #[must_use]
    pub fn schemas(&self) -> BTreeSet<&str> {
        self.rows.iter().map(|row| row.schema.as_str()).collect()
    }
}

impl Cell {
    /// One word or sign for a table on a terminal.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Columns(_) => "columns",
            Self::Denied => "denied",
            Self::None => "-",
            Self::Write => "WRITE",
        }
    }
}

/// `pg_class.relkind` in words.
fn kind(relkind: char) -> &'static str {
    match relkind {
        'v' => "view",
        'm' => "materialized view",
        'f' => "foreign table",
        _ => "table",
    }
}
