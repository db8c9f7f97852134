//! Everything a start asks of the secrets before it changes anything, in one call: for the unlock stage.

use sea_orm::ConnectionTrait;

use super::{Installation, InstallationError, read};
use crate::{
    KeyRing, SecretStore,
    sql::{SECRETS, exists, one, statement},
};

#[derive(sea_orm::FromQueryResult)]
struct Any {
    any: bool,
}

/// Reads the installation, [checks](Installation::check) that it lies here, and [proves](SecretStore::prove) that the
/// ring opens every stored value. It only reads. `None` where nothing was ever stored, so that any ring will do.
///
/// # Errors
/// When the database was moved, when a value does not open, or when there are values and no installation.
pub async fn unlock<C: ConnectionTrait>(
    c: &C,
    ring: &KeyRing,
    system_identifier: &str,
    database: &str,
) -> Result<Option<(Installation, SecretStore)>, InstallationError> {
    let Some(installation) = read(c).await? else {
        return if stores_any(c).await? { Err(InstallationError::Lost) } else { Ok(None) };
    };
    installation.check(system_identifier, database)?;
    let store = SecretStore::new(ring.clone(), installation.id);
    store.prove(c).await?;
    Ok(Some((installation, store)))
}

async fn stores_any<C: ConnectionTrait>(c: &C) -> Result<bool, InstallationError> {
    if !exists(c, SECRETS).await? {
        return Ok(false);
    }
    let sql = "/* rolewright: installation unlock */ \
               SELECT EXISTS (SELECT FROM rolewright.local_system_secrets) AS any";
    let row: Option<Any> = one(c, "look for stored secrets", statement(sql, [])).await?;
    Ok(row.is_some_and(|row| row.any))
}
