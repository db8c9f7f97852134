//! The policies of consent as a room.

use sea_orm::DatabaseConnection;
use sqlx::PgConnection;

use super::{Wanted, diff::diff, look::look};
use crate::{
    ProvisionError, ProvisionOptions,
    room::{self, Room, RoomPlan, RoomProvisioned},
};

/// What [`provision`] would do; changes nothing and takes no lock.
///
/// # Errors
/// What the server or the connection said. What stands in a table's way is no error, but a refusal in the plan.
pub async fn plan(db: &DatabaseConnection, wanted: &Wanted) -> Result<RoomPlan, ProvisionError> {
    let pool = db.get_postgres_connection_pool();
    let mut connection = pool.acquire().await.map_err(|error| ProvisionError::sql("look", &error))?;
    let observed = match look(&mut connection, wanted, true).await {
        Err(ProvisionError::NotMigrated) => look(&mut connection, wanted, false).await,
        looked => looked,
    }?;
    Ok(diff(wanted, &observed))
}

/// Makes the policies what is wanted of them, in one transaction. In sync it is a look: no lock, no DDL.
///
/// # Errors
/// [`ProvisionError::Busy`] when the lock was not to be had; else what the server or the connection said. Nothing is changed then.
pub async fn provision(
    db: &DatabaseConnection,
    wanted: &Wanted,
    options: &ProvisionOptions,
) -> Result<RoomProvisioned, ProvisionError> {
    room::provision(db, &Consent { wanted }, options).await
}

struct Consent<'a> {
    wanted: &'a Wanted,
}

impl Room for Consent<'_> {
    const NAME: &'static str = "consent";

    fn managed(&self) -> &[String] {
        &self.wanted.managed
    }

    async fn planned(&self, connection: &mut PgConnection) -> Result<RoomPlan, ProvisionError> {
        Ok(diff(self.wanted, &look(connection, self.wanted, true).await?))
    }
}
