//! A statement with the rights of a role of the module's: whoever made that role is its member for as long as that takes. One that was a
//! member before, as a keeper is of the tenants that it purges, stays one.

use std::time::Duration;

use rolewright_core::Ident;
use sqlx::AssertSqlSafe;

use crate::stages::Connected;

/// Whether the membership is new, or was changed, in this transaction.
const OURS: &str = "/* rolewright: membership */ SELECT EXISTS (SELECT FROM pg_catalog.pg_auth_members m \
    JOIN pg_catalog.pg_roles r ON r.oid = m.roleid JOIN pg_catalog.pg_roles k ON k.oid = m.member \
    WHERE r.rolname = $1 AND k.rolname = $2 AND m.xmin = pg_catalog.pg_current_xact_id()::pg_catalog.xid)";

/// Runs a statement as who made `role`, with that one's rights. Nothing is found by its name alone, and nobody's lock is waited for
/// longer than `limit`.
pub(super) async fn with_rights_of(
    connected: &Connected,
    role: &Ident,
    maker: &Ident,
    statement: &str,
    limit: Duration,
) -> Result<(), sqlx::Error> {
    let (name, by) = (role.quoted(), maker.quoted());
    let (with, of) = if connected.server.version_num >= 160_000 {
        (" WITH INHERIT TRUE, SET TRUE", format!(" GRANTED BY {by}"))
    } else {
        ("", String::new())
    };
    let limit = limit.as_millis().max(1);
    let mut transaction = connected.core.get_postgres_connection_pool().begin().await?;
    // What two do at once waits at the membership, so that who finds it new here is alone with it.
    let grant = format!(
        "/* rolewright: membership */ SET LOCAL search_path = ''; SET LOCAL lock_timeout = {limit}; \
         SET LOCAL client_min_messages = error; SET LOCAL ROLE {by}; GRANT {name} TO {by}{with}"
    );
    sqlx::raw_sql(AssertSqlSafe(grant)).execute(&mut *transaction).await?;
    let ours: bool = sqlx::query_scalar(OURS)
        .bind(role.as_str())
        .bind(maker.as_str())
        .fetch_one(&mut *transaction)
        .await?;
    let revoke = if ours { format!("; REVOKE {name} FROM {by}{of}") } else { String::new() };
    let sql = format!("/* rolewright: membership */ {statement}{revoke}");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *transaction).await?;
    transaction.commit().await
}
