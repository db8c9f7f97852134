//! Messages to the server around a transaction, and what it says to them.

use futures_util::StreamExt as _;
use sqlx::{AssertSqlSafe, Either, PgConnection};

use super::pool::Taken;

/// Sends one message; a failure comes with the number of statements that were done before it.
pub(super) async fn send(connection: &mut PgConnection, message: &str) -> Result<(), (usize, sqlx::Error)> {
    let mut results = sqlx::raw_sql(AssertSqlSafe(message)).fetch_many(connection);
    let mut done = 0;
    while let Some(result) = results.next().await {
        match result {
            Ok(Either::Left(_)) => done += 1,
            Ok(Either::Right(_)) => {}
            Err(error) => return Err((done, error)),
        }
    }
    Ok(())
}

/// Rolls back and gives the connection back, or closes it where that fails.
pub(super) async fn roll_back(taken: Option<Taken>) {
    if let Some(mut taken) = taken
        && send(&mut taken.seat.connection, "ROLLBACK").await.is_ok()
    {
        taken.give_back();
    }
}

pub(super) fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// Whether the connection is gone: the server ended it, or it broke.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match code(error).as_deref() {
        Some(code) => code.starts_with("57P") || code.starts_with("08"),
        None => true,
    }
}

pub(super) fn told(error: &sqlx::Error) -> (String, String) {
    let message =
        error.as_database_error().map_or_else(|| error.to_string(), |said| said.message().to_owned());
    (code(error).unwrap_or_default(), message)
}
