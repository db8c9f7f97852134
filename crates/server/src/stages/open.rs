//! The last stage: a pool for each role, logged in as it.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use rolewright_core::{
    Advice, ConnInfo, Exit, Ident, Password, RoleSecret,
    settings::{RoleSettings, RolesMode},
};
use rolewright_roles::{ProvisionError, password};
use rolewright_sessions::{
    Check, Checker, OpenChecker, OpenError, OpenRole, Policy, Renew, RolePool, Subjects,
};
use tracing::{info, warn};

use super::{Connected, Provisioned, Stage, StartError, Verified, renewal::renewal};
use crate::app::{Role, Rolewright};

/// Why a start cannot log in.
#[derive(Debug, thiserror::Error)]
enum Unopened {
    #[error(transparent)]
    Login(OpenError),
    #[error(transparent)]
    Unset(ProvisionError),
}

impl Advice for Unopened {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Login(cause) => cause.hint(),
            Self::Unset(cause) => cause.hint(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Login(cause) => cause.exit(),
            Self::Unset(cause) => cause.exit(),
        }
    }
}

impl Verified {
    /// Logs in as each role. A password that is refused is had anew and tried again, now and for as long as the pool lives:
    /// another process may have rotated it, or somebody may have changed it by hand.
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
                        Err(cause) => return Err(self.unopened(cause).await),
                    };
                    roles.insert(connection, role);
                }
                self.open_for_tenants(degraded).await?;
                Ok(roles)
            })
            .await?;
        let subjects = self.open_subjects(degraded).await?;
        run.health.enter(Stage::Serve);
        info!(stage = %Stage::Serve, roles = roles.len(), "ready");
        Ok(Rolewright::new(self, roles, subjects))
    }

    /// The pool of subjects, where there are any; or, where roles may be degraded, why it is not open.
    async fn open_subjects(&self, degraded: bool) -> Result<Option<Result<Subjects, String>>, StartError> {
        let Some(access) = self.provisioned.migrated.access() else { return Ok(None) };
        match access.open().await {
            Ok(subjects) => Ok(Some(Ok(subjects))),
            Err(cause) if degraded => {
                warn!(stage = %Stage::Open, %cause, "going on without subjects");
                Ok(Some(Err(cause.to_string())))
            }
            Err(cause) => Err(StartError::new(Stage::Open, cause)),
        }
    }

    /// Logs in as the checker where tenants' reports alone need it: what nobody has logged in as is not known to be in place.
    async fn open_for_tenants(&self, degraded: bool) -> Result<(), Unopened> {
        let desired = &self.provisioned.desired;
        let name = &self.provisioned.settings().sandbox.checker;
        let only = desired.roles.len() == 1 && desired.has_checker();
        let needed = only && !self.refused.contains_key(name.as_str());
        let Some(secret) = self.provisioned.secret().filter(|_| needed) else { return Ok(()) };
        match self.provisioned.checker(secret).await {
            Ok(_) => Ok(()),
            Err(cause) if degraded => {
                warn!(stage = %Stage::Open, %cause, "going on without the reports of tenants");
                Ok(())
            }
            Err(cause) => Err(self.unopened(cause).await),
        }
    }

    /// Why a login failed; or, where it is the password and core may not set that, what an administrator does.
    async fn unopened(&self, cause: OpenError) -> Unopened {
        let Some(secret) = self.provisioned.secret().filter(|_| cause.is_password()) else {
            return Unopened::Login(cause);
        };
        let (refused, desired) = (BTreeSet::from([cause.role.to_string()]), &self.provisioned.desired);
        let unlocked = &self.provisioned.migrated.unlocked;
        match unlocked.plan_refused(desired, secret, &refused).await {
            Ok(refusals) if !refusals.is_empty() => Unopened::Unset(ProvisionError::Refused(refusals)),
            _ => Unopened::Login(cause),
        }
    }

    async fn open_one(&self, connection: &str, role: &RoleSettings) -> Result<Role, OpenError> {
        let checker = &self.provisioned.migrated.unlocked.connected.run.settings.sandbox.checker;
        let refused = self.refused.get(role.role.as_str()).or_else(|| self.refused.get(checker.as_str()));
        match (refused, self.provisioned.secret()) {
            (Some(reason), _) => Ok(Role::Refused(reason.clone())),
            (None, None) => Ok(Role::Refused("it has not been provisioned".to_owned())),
            (None, Some(secret)) => self.log_in(connection, role, secret).await.map(Role::Open),
        }
    }

    /// Opens a role that was refused before, with the secret as it is now.
    pub(crate) async fn open_again(&self, connection: &str, role: &RoleSettings) -> Result<Role, OpenError> {
        let migrated = &self.provisioned.migrated;
        match migrated.store.existing_role_secret(migrated.core()).await {
            Ok(Some(secret)) => self.log_in(connection, role, &secret).await.map(Role::Open),
            Ok(None) => Ok(Role::Refused("it has not been provisioned".to_owned())),
            Err(error) => Ok(Role::Refused(error.to_string())),
        }
    }

    async fn log_in(
        &self,
        connection: &str,
        role: &RoleSettings,
        secret: &RoleSecret,
    ) -> Result<RolePool, OpenError> {
        let request = self.provisioned.request(connection, role, secret);
        RolePool::open(&request, self.provisioned.check(connection, role, secret).await?).await
    }
}

impl Provisioned {
    /// What it takes to log in as one role, and to do so again after its password was changed. Nothing where the roles are not
    /// in place.
    pub(crate) fn login(&self, connection: &str, role: &RoleSettings) -> Option<OpenRole> {
        Some(self.request(connection, role, self.secret()?))
    }

    /// What holds the texts of one role's reports against its rights: the checker, which logs in once for all roles.
    pub(crate) async fn check(
        &self,
        connection: &str,
        role: &RoleSettings,
        secret: &RoleSecret,
    ) -> Result<Check, OpenError> {
        Ok(Check { checker: self.checker(secret).await?, policy: Policy::new(connection, role) })
    }

    async fn checker(&self, secret: &RoleSecret) -> Result<Checker, OpenError> {
        let connected = &self.migrated.unlocked.connected;
        let renew = || Some(renewal(self, &connected.run.settings.sandbox.checker));
        let open = async || open_checker(connected, secret, renew()).await;
        self.checker.get_or_try_init(open).await.cloned()
    }

    fn request(&self, connection: &str, role: &RoleSettings, secret: &RoleSecret) -> OpenRole {
        let mut request = request(&self.migrated.unlocked.connected, connection, role, secret);
        request.renew = Some(renewal(self, &role.role));
        request
    }
}

/// Logs in as the checker.
pub(crate) async fn open_checker(
    connected: &Connected,
    secret: &RoleSecret,
    renew: Option<Renew>,
) -> Result<Checker, OpenError> {
    let role = connected.run.settings.sandbox.checker.clone();
    let password = password::derive(secret, &role);
    let server = server(connected, &role, &password);
    Checker::open(&OpenChecker { server, role, password, renew }).await
}

/// What it takes to log in as one role, given the secret its password derives from.
pub(crate) fn request(
    connected: &Connected,
    connection: &str,
    role: &RoleSettings,
    secret: &RoleSecret,
) -> OpenRole {
    let password = password::derive(secret, &role.role);
    let server = server(connected, &role.role, &password);
    OpenRole {
        connection: connection.to_owned(),
        server,
        role: role.role.clone(),
        password,
        search_path: role.search_path.clone(),
        statement_timeout: role.statement_timeout,
        max_rows: role.max_rows,
        max_queue: role.max_queue,
        max_bytes: Some(role.max_bytes),
        renew: None,
        pool: role.pool,
    }
}

/// The server that answered, for another role. The core connection's own session settings stay behind.
pub(crate) fn server(connected: &Connected, role: &Ident, password: &Password) -> ConnInfo {
    let settings = &connected.run.settings;
    let mut server = settings.database.for_role(role.as_str(), password);
    server.hosts = vec![connected.host.clone()];
    server.application_name.get_or_insert_with(|| settings.app.as_str().to_owned());
    server
}
