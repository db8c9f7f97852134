//! Which installation a database belongs to, and whether it still lies where it was: for the start, before anything is
//! changed.

mod adopt;
mod error;
mod unlock;

pub use adopt::{Moved, adopt_move, forget_previous};
pub use error::InstallationError;
use sea_orm::{ConnectionTrait, FromQueryResult};
use time::OffsetDateTime;
pub use unlock::{open, unlock};
use uuid::Uuid;

use crate::{
    DatabaseError,
    sql::{exists, one, statement},
};

const TABLE: &str = "rolewright.installation";

/// One installation: an application's roles and secrets in one database. Values and role markers are bound to its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Its random id.
    pub id: Uuid,
    /// The cluster it lies in: `system_identifier` of `pg_control_system()`.
    pub system_identifier: String,
    /// The database it lies in.
    pub database: String,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// The ids it had before its database was moved; roles whose marker carries one are its own. None where it was copied: they are
    /// those of the database that it was copied from.
    pub previous: Vec<Uuid>,
}

impl Installation {
    /// Refuses when this is not the database that the installation was made in: it was copied, restored or renamed, and
    /// two installations with one id would fight over the same roles.
    ///
    /// # Errors
    /// [`InstallationError::Moved`], whose hint names the command that settles it.
    ///
    /// ```
    /// use rolewright_secrets::Installation;
    ///
    /// let installation = Installation {
    ///     id: uuid::Uuid::from_u128(1),
    ///     system_identifier: "7301".into(),
    ///     database: "clinic".into(),
    ///     created_at: time::OffsetDateTime::UNIX_EPOCH,
    ///     previous: Vec::new(),
    /// };
    /// assert!(installation.check("7301", "clinic").is_ok());
    /// assert!(installation.check("7301", "clinic_copy").is_err());
    /// ```
    pub fn check(&self, system_identifier: &str, database: &str) -> Result<(), InstallationError> {
        if self.system_identifier == system_identifier && self.database == database {
            return Ok(());
        }
        Err(InstallationError::Moved {
            remembered_system: self.system_identifier.clone(),
            remembered_database: self.database.clone(),
            system: system_identifier.to_owned(),
            database: database.to_owned(),
        })
    }
}

/// Reads the installation; `None` where the database has none, or not even the table.
///
/// # Errors
/// When the database fails.
pub async fn read<C: ConnectionTrait>(c: &C) -> Result<Option<Installation>, InstallationError> {
    if exists(c, TABLE).await? { Ok(fetch(c).await?) } else { Ok(None) }
}

/// Reads the installation, or makes it with a new id: all that call it at once get the same. It does not
/// [check](Installation::check) where it lies.
///
/// # Errors
/// When the database fails, for instance because the table is not there.
pub async fn read_or_create<C: ConnectionTrait>(
    c: &C,
    system_identifier: &str,
    database: &str,
) -> Result<Installation, InstallationError> {
    if let Some(installation) = fetch(c).await? {
        return Ok(installation);
    }
    let sql = format!(
        "/* rolewright: installation create */ INSERT INTO rolewright.installation AS i (id, system_identifier, database) \
         VALUES ($1, $2, $3) ON CONFLICT (singleton) DO NOTHING RETURNING {COLUMNS}"
    );
    let values = [Uuid::new_v4().into(), system_identifier.into(), database.into()];
    let made: Option<Row> = one(c, "remember the installation", statement(sql, values)).await?;
    if let Some(made) = made {
        return Ok(made.into());
    }
    fetch(c).await?.ok_or(InstallationError::Gone)
}

async fn fetch<C: ConnectionTrait>(c: &C) -> Result<Option<Installation>, DatabaseError> {
    let sql =
        format!("/* rolewright: installation read */ SELECT {COLUMNS} FROM rolewright.installation AS i");
    let row: Option<Row> = one(c, "read the installation", statement(sql, [])).await?;
    Ok(row.map(Installation::from))
}

/// The columns of a row `i`. The last is not there before its migration has run.
const COLUMNS: &str = "i.id, i.system_identifier, i.database, i.created_at, pg_catalog.array_to_string(ARRAY( \
    SELECT pg_catalog.jsonb_array_elements_text(coalesce(pg_catalog.to_jsonb(i) -> 'previous', '[]'))), ',') AS previous";

/// An installation as it is read.
#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    system_identifier: String,
    database: String,
    created_at: OffsetDateTime,
    previous: String,
}

impl From<Row> for Installation {
    fn from(row: Row) -> Self {
        let Row { id, system_identifier, database, created_at, previous } = row;
        let previous = previous.split(',').filter_map(|id| id.parse().ok()).collect();
        Self { id, system_identifier, database, created_at, previous }
    }
}
