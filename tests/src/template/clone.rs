//! Makes a clone the test's own: owners, default privileges, PUBLIC's rights and settings of the database.

use sqlx::PgConnection;

use super::Key;
use crate::retry;

/// Hands over what the template's role has in this clone to the test's core role.
const HAND_OVER: &str = include_str!("../sql/hand_over_clone.sql");

/// Finishes the database that was cloned from the template. `inside` is the superuser's connection into it.
///
/// The statements name the two roles by settings of the session, because a DO block takes no parameters.
pub(crate) async fn clone_into(inside: &mut PgConnection, key: &Key, core: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "/* rolewright-testkit: clone */ SELECT pg_catalog.set_config('testkit.template', $1, false), \
         pg_catalog.set_config('testkit.owner', $2, false), pg_catalog.set_config('testkit.core', $3, false)",
    )
    .bind(&key.database)
    .bind(&key.role)
    .bind(core)
    .execute(&mut *inside)
    .await?;
    retry::run(inside, HAND_OVER).await
}
