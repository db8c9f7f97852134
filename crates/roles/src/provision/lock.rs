//! The lock that lets one process at a time provision a database: transaction-scoped, so that nothing strands it.

use std::time::{Duration, Instant};

use rolewright_core::sqlstate;
use sqlx::{PgConnection, Row};

use crate::ProvisionError;

/// The advisory lock's key, `rolewrgt` in ASCII. It counts within one database; the migrate stage may take it too.
pub const LOCK_KEY: i64 = 0x726f_6c65_7772_6774;

/// How the wait for the lock ended.
pub(crate) enum Waited {
    /// We have it until the transaction ends.
    Held(Duration),
    /// It was not to be had; the transaction is aborted.
    TimedOut(Duration),
}

/// Waits for the lock, for no longer than the transaction's `lock_timeout`.
pub(crate) async fn acquire(connection: &mut PgConnection) -> Result<Waited, ProvisionError> {
    let started = Instant::now();
    let taken = sqlx::query("/* rolewright: lock */ SELECT pg_catalog.pg_advisory_xact_lock($1)")
        .bind(LOCK_KEY)
        .execute(connection)
        .await;
    match taken {
        Ok(_) => Ok(Waited::Held(started.elapsed())),
        Err(error) if code(&error) == sqlstate::LOCK_NOT_AVAILABLE => Ok(Waited::TimedOut(started.elapsed())),
        Err(error) => Err(ProvisionError::sql("lock", &error)),
    }
}

/// Who holds an advisory lock of this database, in words; nothing where nobody does any more.
///
/// # Errors
/// What the server or the connection said.
pub async fn lock_holder(connection: &mut PgConnection, key: i64) -> Result<Option<String>, ProvisionError> {
    let none: &[String] = &[];
    let holders = sqlx::query(include_str!("../sql/find_lock_holders.sql"))
        .bind(key)
        .bind(none)
        .fetch_all(connection)
        .await
        .map_err(|error| ProvisionError::sql("find lock holder", &error))?;
    Ok(holders.iter().find_map(|row| row.try_get("holder").ok()))
}

/// Names who holds the lock; or ends it, where it is the backend of one of these roles, managed ones that have no business with the lock.
/// Then it is worth trying again.
pub(crate) async fn free(
    connection: &mut PgConnection,
    roles: &[String],
    waited: Duration,
) -> Result<(), ProvisionError> {
    let holders = sqlx::query(include_str!("../sql/find_lock_holders.sql"))
        .bind(LOCK_KEY)
        .bind(roles)
        .fetch_all(connection)
        .await
        .map_err(|error| ProvisionError::sql("find lock holder", &error))?;
    let ended = !holders.is_empty()
        && holders.iter().all(|row| row.try_get::<Option<bool>, _>("ended").ok().flatten().unwrap_or(false));
    if ended {
        return Ok(());
    }
    let names: Vec<String> = holders.iter().filter_map(|row| row.try_get("holder").ok()).collect();
    let holder =
        if names.is_empty() { "a session that has ended since".to_owned() } else { names.join(", ") };
    Err(ProvisionError::Busy { holder, waited })
}

fn code(error: &sqlx::Error) -> String {
    error.as_database_error().and_then(|error| error.code()).map(String::from).unwrap_or_default()
}
