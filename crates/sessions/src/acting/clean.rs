//! A session between two who were acted as: what one left in it is undone.

use sqlx::{AssertSqlSafe, PgConnection};

use super::messages;
use crate::scrub::PATIENCE;

/// Makes a session whose transaction has ended as new, for whoever acts on connections of its own; `false` means it is
/// to be thrown away.
pub async fn clean(connection: &mut PgConnection) -> bool {
    scrub(connection).await && forget(connection).await
}

/// Undoes what work left in the session, but for what it prepared.
pub(super) async fn scrub(connection: &mut PgConnection) -> bool {
    let scrub = sqlx::raw_sql(AssertSqlSafe(messages::scrub())).execute(connection);
    matches!(tokio::time::timeout(PATIENCE, scrub).await, Ok(Ok(_)))
}

/// Drops what was prepared.
pub(super) async fn forget(connection: &mut PgConnection) -> bool {
    use sqlx::Connection as _;
    let forget = async {
        connection.clear_cached_statements().await?;
        sqlx::raw_sql(messages::FORGET).execute(connection).await
    };
    matches!(tokio::time::timeout(PATIENCE, forget).await, Ok(Ok(_)))
}
