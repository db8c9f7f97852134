//! Makes a copied or moved database an installation of its own: for `apply --moved`.

use sea_orm::{ConnectionTrait, FromQueryResult, TransactionSession, TransactionTrait};
use uuid::Uuid;

use super::{COLUMNS, Installation, InstallationError, Row, fetch};
use crate::{
    DatabaseError, KeyRing, SecretError, Unreadable,
    entity::StoredText,
    sealed,
    sql::{all, execute, one, statement},
};

/// What a move did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The installation as it is now.
    pub installation: Installation,
    /// The id it had before; the markers of its roles still carry it.
    pub previous: Uuid,
    /// The database it was in.
    pub from: String,
    /// Values that were sealed anew for the new id.
    pub resealed: u64,
    /// Values that no key will open, and which were left as they are, by name.
    pub damaged: Vec<(String, Unreadable)>,
}

#[derive(FromQueryResult)]
struct Stored {
    key: String,
    value: StoredText,
}

#[derive(FromQueryResult)]
struct Found {
    found: bool,
}

/// Gives the installation a new id and remembers where it lies now; every value is sealed anew, because each is bound
/// to the id. It is one transaction (a savepoint inside a caller's): all of it or nothing.
///
/// Where no other database of this cluster bears the remembered name, it was moved and not copied (restored elsewhere, upgraded, or
/// renamed), and the id that it had is kept among its [`previous`](Installation::previous) ones. In a copy there are none.
///
/// The id must change: the database it was copied from may live on, and two installations of one id would each take the
/// other's roles for their own. A process that still runs with the old id reads its secrets as damaged and must be
/// started again. Where the installation lies where it is remembered, nothing is changed.
///
/// # Errors
/// When a value misses its key, so the keys must be there first; when of several values none opens; or when the
/// database fails. A value that is [damaged](Unreadable::is_damage) is left: it opened nowhere before either.
pub async fn adopt_move<C: TransactionTrait>(
    c: &C,
    ring: &KeyRing,
    system_identifier: &str,
    database: &str,
) -> Result<Moved, InstallationError> {
    let begin = "begin the move of the installation";
    let transaction = c.begin().await.map_err(|error| DatabaseError::new(begin, &error))?;
    let moved = within(&transaction, ring, system_identifier, database).await;
    let end = "commit the move of the installation";
    match moved {
        Ok(moved) => {
            transaction.commit().await.map_err(|error| DatabaseError::new(end, &error))?;
            Ok(moved)
        }
        Err(error) => {
            // The first error is the one to tell; a transaction that cannot be rolled back is gone anyway.
            let _ = transaction.rollback().await;
            Err(error)
        }
    }
}

async fn within<C: ConnectionTrait>(
    c: &C,
    ring: &KeyRing,
    system_identifier: &str,
    database: &str,
) -> Result<Moved, InstallationError> {
    // Readers go on; a secret set under the old id while we re-seal would be lost.
    let lock = "/* rolewright: installation move */ LOCK TABLE rolewright.installation, \
                rolewright.local_system_secrets IN SHARE ROW EXCLUSIVE MODE";
    execute(c, "lock the installation", statement(lock, [])).await?;
    let old = fetch(c).await?.ok_or(InstallationError::Gone)?;
    if old.check(system_identifier, database).is_ok() {
        let (previous, from) = (old.id, old.database.clone());
        return Ok(Moved { previous, from, installation: old, resealed: 0, damaged: Vec::new() });
    }
    let mut previous = Vec::new();
    if old.database == database || !is_here(c, &old.database).await? {
        previous.extend(old.previous.iter().chain([&old.id]).map(Uuid::to_string));
    }
    let id = Uuid::new_v4();
    let (resealed, damaged) = reseal(c, ring, old.id, id).await?;
    // This comes before the migrations.
    let column = "/* rolewright: installation move */ ALTER TABLE rolewright.installation \
                  ADD COLUMN IF NOT EXISTS previous uuid[] NOT NULL DEFAULT '{}'";
    execute(c, "make room for the former ids", statement(column, [])).await?;
    let sql = format!(
        "/* rolewright: installation move */ UPDATE rolewright.installation AS i SET id = $1, system_identifier = $2, database = $3, \
         previous = pg_catalog.string_to_array($4, ',')::uuid[] RETURNING {COLUMNS}"
    );
    let values = [id.into(), system_identifier.into(), database.into(), previous.join(",").into()];
    let installation: Option<Row> = one(c, "remember the installation", statement(sql, values)).await?;
    Ok(Moved {
        installation: installation.ok_or(InstallationError::Gone)?.into(),
        previous: old.id,
        from: old.database,
        resealed,
        damaged,
    })
}

/// Whether the cluster has a database of this name.
async fn is_here<C: ConnectionTrait>(c: &C, database: &str) -> Result<bool, DatabaseError> {
    let sql = "/* rolewright: installation move */ SELECT EXISTS (SELECT FROM pg_catalog.pg_database d \
               WHERE d.datname = $1::pg_catalog.name) AS found";
    let row: Option<Found> = one(c, "look for the database", statement(sql, [database.into()])).await?;
    Ok(row.is_some_and(|row| row.found))
}

/// Takes the former ids from it again: roles that bear one are another database's after all.
///
/// # Errors
/// When the database fails.
pub async fn forget_previous<C: ConnectionTrait>(c: &C) -> Result<(), InstallationError> {
    let sql = "/* rolewright: installation move */ UPDATE rolewright.installation SET previous = '{}'";
    execute(c, "forget the former ids", statement(sql, [])).await?;
    Ok(())
}

async fn reseal<C: ConnectionTrait>(
    c: &C,
    ring: &KeyRing,
    old: Uuid,
    new: Uuid,
) -> Result<(u64, Vec<(String, Unreadable)>), SecretError> {
    let sql = "/* rolewright: installation move */ SELECT key, value FROM rolewright.local_system_secrets ORDER BY key";
    let rows: Vec<Stored> = all(c, "read the secrets", statement(sql, [])).await?;
    let (mut resealed, mut damaged) = (0, Vec::new());
    for Stored { key, value } in rows {
        let value = match sealed::open(ring, old, &key, &value.0) {
            Ok(value) => value,
            Err(why) if why.is_damage() => {
                damaged.push((key, why));
                continue;
            }
            Err(why) => return Err(SecretError::Unreadable { name: key, why }),
        };
        let text = sealed::seal(ring, new, &key, &value)
            .map_err(|why| SecretError::Seal { name: key.clone(), why })?;
        let sql = "/* rolewright: installation move */ UPDATE rolewright.local_system_secrets \
                   SET value = $2 WHERE key = $1";
        resealed += execute(c, "re-seal a secret", statement(sql, [key.into(), text.into()])).await?;
    }
    match damaged.first() {
        // One damaged value is one; nothing but damage is another installation's row in ours, or the like.
        Some((name, why)) if resealed == 0 && damaged.len() > 1 => {
            Err(SecretError::Unreadable { name: name.clone(), why: why.clone() })
        }
        _ => Ok((resealed, damaged)),
    }
}
