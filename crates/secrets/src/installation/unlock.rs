//! Everything a start asks of the secrets before it changes anything, in one call: for the unlock stage.

use rolewright_core::Advice;
use sea_orm::ConnectionTrait;

use super::{Installation, InstallationError, read};
use crate::{
    KeyRing, SecretError, SecretStore,
    sql::{SECRETS, exists, one, statement},
};

#[derive(sea_orm::FromQueryResult)]
struct Any {
    any: bool,
}

/// [Opens](open) the store, and [proves](SecretStore::prove) that the ring opens what is stored. It only reads. `None`
/// where nothing was ever stored, so that any ring will do. Values that are damaged do not stop it; each is warned of.
///
/// # Errors
/// When the database was moved, when the ring is the wrong one or the secret of the roles does not open, or when there
/// are values and no installation.
pub async fn unlock<C: ConnectionTrait>(
    c: &C,
    ring: &KeyRing,
    system_identifier: &str,
    database: &str,
) -> Result<Option<(Installation, SecretStore)>, InstallationError> {
    let Some((installation, store)) = open(c, ring, system_identifier, database).await? else {
        return Ok(None);
    };
    for (name, why) in store.prove(c).await?.damaged() {
        let error = SecretError::Unreadable { name: name.clone(), why: why.clone() };
        tracing::warn!(secret = name, hint = error.hint(), "{error}");
    }
    Ok(Some((installation, store)))
}

/// Reads the installation, [checks](Installation::check) that it lies here, and gives its store, without looking at
/// any value: for the commands that list, replace and delete values, which must work when some do not open. It only
/// reads. `None` where nothing was ever stored.
///
/// # Errors
/// When the database was moved, or when there are values and no installation.
pub async fn open<C: ConnectionTrait>(
    c: &C,
    ring: &KeyRing,
    system_identifier: &str,
    database: &str,
) -> Result<Option<(Installation, SecretStore)>, InstallationError> {
    let installation = match read(c).await? {
        Some(installation) => installation,
        None if !stores_any(c).await? => return Ok(None),
        // Another start may have made both between the two questions: the installation comes before the first value.
        None => read(c).await?.ok_or(InstallationError::Lost)?,
    };
    installation.check(system_identifier, database)?;
    let store = SecretStore::new(ring.clone(), installation.id);
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
