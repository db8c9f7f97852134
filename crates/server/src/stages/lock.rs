//! The lock under which one process migrates while the others wait: bounded, and its holder is named.

use std::time::Duration;

use rolewright_core::sqlstate;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, RuntimeErr, Statement};

/// The advisory lock's two-part key, `0x524f4c45` being "ROLE"; the second part is the migrate stage's own.
const KEY: (i32, i32) = (0x524f_4c45, 1);

/// Why the lock was not had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LockError {
    #[error("another process has been migrating for longer than {} s ({holder})", waited.as_secs())]
    Busy { waited: Duration, holder: String },
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Takes the lock for the rest of the transaction, waiting at most `bound`.
///
/// The lock is of the transaction, so it cannot outlive its connection, nor strand behind a transaction pooler.
pub(crate) async fn acquire(
    transaction: &DatabaseTransaction,
    others: &impl ConnectionTrait,
    bound: Duration,
) -> Result<(), LockError> {
    let sql = format!(
        "/* rolewright: migrate lock */ SET LOCAL lock_timeout = {}; \
         SELECT pg_catalog.pg_advisory_xact_lock({}, {}); SET LOCAL lock_timeout = 0; \
         SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0",
        bound.as_millis().max(1),
        KEY.0,
        KEY.1
    );
    match transaction.execute_unprepared(&sql).await {
        Ok(_) => Ok(()),
        Err(error) if sqlstate_of(&error).as_deref() == Some(sqlstate::LOCK_NOT_AVAILABLE) => {
            let holder = holder(others).await.unwrap_or_else(|_| "its holder is not visible".to_owned());
            Err(LockError::Busy { waited: bound, holder })
        }
        Err(error) => Err(error.into()),
    }
}

async fn holder(db: &impl ConnectionTrait) -> Result<String, DbErr> {
    let sql = "/* rolewright: lock holder */ \
        SELECT pg_catalog.format('backend %s of role %s, application %s', l.pid, coalesce(a.usename::text, 'unknown'), \
               coalesce(nullif(a.application_name, ''), 'unnamed')) AS holder \
        FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a USING (pid) \
        WHERE l.locktype = 'advisory' AND l.granted AND l.classid = $1::bigint::oid AND l.objid = $2::bigint::oid \
          AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        sql,
        [i64::from(KEY.0).into(), i64::from(KEY.1).into()],
    );
    match db.query_one_raw(statement).await? {
        Some(row) => row.try_get("", "holder"),
        None => Ok("it has just let go: try again".to_owned()),
    }
}

/// The SQLSTATE inside a sea-orm error.
pub(crate) fn sqlstate_of(error: &DbErr) -> Option<String> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner))
        | DbErr::Conn(RuntimeErr::SqlxError(inner)) => {
            inner.as_database_error().and_then(|e| e.code()).map(Into::into)
        }
        _ => None,
    }
}
