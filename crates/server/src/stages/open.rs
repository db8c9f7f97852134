//! The last stage: a pool for each role, logged in as it.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use rolewright_core::{
    RoleSecret, connect,
    settings::{RoleSettings, RolesMode},
};
use rolewright_roles::password;
use rolewright_sessions::{OpenError, OpenRole, RolePool};
use tracing::{info, warn};

use super::{Connected, Provisioned, Stage, StartError, Verified};
use crate::{
    app::{Role, Rolewright},
    health::RoleHealth,
};

impl Verified {
    /// Logs in as each role. A password that does not fit is aligned once more and tried again: another process may have
    /// rotated it between our look and now, or somebody may have changed it by hand.
    ///
    /// # Errors
    /// `pg_hba.conf`, the password, or the connection limit, each in its own words.
    pub async fn open(self) -> Result<Rolewright, StartError> {
        let run = self.provisioned.migrated.unlocked.connected.run.clone();
        let degraded = run.settings.start.roles == RolesMode::Degraded;
        let roles = run
            .stage(Stage::Open, async {
                let opening = run.settings.roles.iter().map(|(connection, role)| async {
                    (connection.clone(), self.open_one(connection, role).await)
                });
                let mut roles = BTreeMap::new();
                for (connection, outcome) in join_all(opening).await {
                    let role = match outcome {
                        Ok(role) => role,
                        Err(cause) if degraded => {
                            warn!(stage = %Stage::Open, %cause, "going on without this role");
                            Role::Refused(cause.to_string())
                        }
                        Err(cause) => return Err(cause),
                    };
                    roles.insert(connection, role);
                }
                Ok(roles)
            })
            .await?;
        for (connection, role) in &roles {
            run.health.role(
                connection,
                match role {
                    Role::Open(_) => RoleHealth::Open,
                    Role::Refused(reason) => RoleHealth::Refused(reason.clone()),
                },
            );
        }
        run.health.enter(Stage::Serve);
        info!(stage = %Stage::Serve, roles = roles.len(), "ready");
        Ok(Rolewright::new(self, roles))
    }

    async fn open_one(&self, connection: &str, role: &RoleSettings) -> Result<Role, OpenError> {
        if let Some(reason) = &self.refused {
            return Ok(Role::Refused(reason.clone()));
        }
        open_role(&self.provisioned, connection, role).await.map(Role::Open)
    }
}

/// Opens one role's pool, aligning its password once where the server refuses it.
async fn open_role(
    provisioned: &Provisioned,
    connection: &str,
    role: &RoleSettings,
) -> Result<RolePool, OpenError> {
    let migrated = &provisioned.migrated;
    let connected = &migrated.unlocked.connected;
    let first = RolePool::open(&request(connected, connection, role, &provisioned.secret)).await;
    if !matches!(&first, Err(error) if error.is_password()) {
        return first;
    }
    warn!(stage = %Stage::Open, role = %role.role, "the password was refused; aligning it once more");
    let Ok(secret) = migrated.store.role_secret(migrated.core()).await else { return first };
    if migrated.align(&provisioned.desired, &secret, BTreeSet::from([role.role.to_string()])).await.is_err() {
        return first;
    }
    RolePool::open(&request(connected, connection, role, &secret)).await
}

/// What it takes to log in as one role, given the secret its password derives from.
pub(crate) fn request(
    connected: &Connected,
    connection: &str,
    role: &RoleSettings,
    secret: &RoleSecret,
) -> OpenRole {
    let settings = &connected.run.settings;
    let password = password::derive(secret, &role.role);
    // The core connection's own session settings stay behind.
    let info = settings.database.for_role(role.role.as_str(), &password);
    OpenRole {
        connection: connection.to_owned(),
        server: connect::options(&info, &connected.host, &settings.app),
        role: role.role.clone(),
        password,
        search_path: role.search_path.clone(),
        statement_timeout: role.statement_timeout,
        max_rows: role.max_rows,
        pool: role.pool,
    }
}
