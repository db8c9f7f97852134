//! The roles of subjects as a room: planned from one look, with the password that derives from the secret.

use rolewright_core::{KeepRoleSecret, RoleSecret};
use sea_orm::DatabaseConnection;
use sqlx::PgConnection;

use super::{Wanted, diff::diff, look::look};
use crate::{
    ProvisionError, ProvisionOptions, password,
    provision::current,
    room::{self, Room, RoomPlan, RoomProvisioned},
};

/// What [`provision`] would do; changes nothing and takes no lock. Without the secret nothing is known of the login's password, and it
/// is planned to be set.
///
/// # Errors
/// What the server or the connection said. What stands in a role's way is no error, but a refusal in the plan.
pub async fn plan(
    db: &DatabaseConnection,
    wanted: &Wanted,
    secret: Option<&RoleSecret>,
) -> Result<RoomPlan, ProvisionError> {
    let pool = db.get_postgres_connection_pool();
    let mut connection = pool.acquire().await.map_err(|error| ProvisionError::sql("look", &error))?;
    let observed = match look(&mut connection, wanted, true).await {
        Err(ProvisionError::NotMigrated) => look(&mut connection, wanted, false).await,
        looked => looked,
    }?;
    // The plan is shown, and never sent.
    let nobody = RoleSecret::new([0; 32]);
    Ok(diff(wanted, &observed, &password::credential(secret.unwrap_or(&nobody), &wanted.login)))
}

/// Makes the login and the roles of subjects what is wanted of them, in one transaction. In sync it is a look: no lock, no DDL.
/// A role that stands in its own way is left as it is; where that is the login, nothing is changed.
///
/// # Errors
/// [`ProvisionError::Busy`] when the lock was not to be had; else what the server or the connection said. Nothing is changed then.
pub async fn provision(
    db: &DatabaseConnection,
    wanted: &Wanted,
    kept: &dyn KeepRoleSecret,
    options: &ProvisionOptions,
) -> Result<RoomProvisioned, ProvisionError> {
    room::provision(db, &Subjects { wanted, kept }, options).await
}

struct Subjects<'a> {
    wanted: &'a Wanted,
    kept: &'a dyn KeepRoleSecret,
}

impl Room for Subjects<'_> {
    const NAME: &'static str = "subjects";

    fn managed(&self) -> &[String] {
        &self.wanted.taken
    }

    async fn planned(&self, connection: &mut PgConnection) -> Result<RoomPlan, ProvisionError> {
        let observed = look(connection, self.wanted, true).await?;
        let secret = current(connection, self.kept).await?.secret;
        Ok(diff(self.wanted, &observed, &password::credential(&secret, &self.wanted.login)))
    }
}
