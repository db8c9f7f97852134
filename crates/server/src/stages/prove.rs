//! Passwords that an administrator set, proved by a login: for roles that core may not alter.

use std::collections::{BTreeMap, BTreeSet};

use rolewright_core::{Ident, Password, RoleSecret, connect};
use rolewright_roles::{
    Desired, Plan, ProvisionError, ProvisionOptions, Refusal, UNKNOWN_PASSWORD, password, plan_with,
};
use sqlx::{Connection as _, PgConnection};

use super::{Connected, Unlocked, open};

/// Whether the password is the role's.
pub(super) async fn logs_in(connected: &Connected, role: &Ident, password: &Password) -> bool {
    let settings = connected.settings();
    let info = settings.database.for_role(role.as_str(), password);
    let options = connect::options(&info, &connected.host, &settings.app);
    match PgConnection::connect_with(&options).await {
        Ok(connection) => connection.close().await.is_ok(),
        Err(_) => false,
    }
}

/// Logs in as each role that was refused because its password is not known; those that it went well for, with the fingerprint of the
/// password. Each is tried once.
pub(super) async fn proved(
    connected: &Connected,
    secret: &RoleSecret,
    refusals: &[Refusal],
    tried: &mut BTreeSet<Ident>,
) -> BTreeMap<String, String> {
    let mut proved = BTreeMap::new();
    let unknown = refusals.iter().filter(|refusal| refusal.kind == UNKNOWN_PASSWORD);
    for role in unknown.filter_map(|refusal| Ident::new(refusal.role.as_deref()?).ok()) {
        if tried.insert(role.clone()) && logs_in(connected, &role, &password::derive(secret, &role)).await {
            proved.insert(role.to_string(), password::fingerprint(secret, &role));
        }
    }
    proved
}

impl Unlocked {
    /// What differs, given what a login proves.
    pub(super) async fn plan(
        &self,
        desired: &Desired,
        secret: Option<&RoleSecret>,
    ) -> Result<Plan, ProvisionError> {
        let core = &self.connected.core;
        let plan = rolewright_roles::plan(core, desired, secret).await?;
        let Some(secret) = secret else { return Ok(plan) };
        let proved = proved(&self.connected, secret, &plan.refusals, &mut BTreeSet::new()).await;
        if proved.is_empty() {
            return Ok(plan);
        }
        let options = ProvisionOptions { proved, ..ProvisionOptions::default() };
        plan_with(core, desired, Some(secret), &options).await
    }

    /// The roles whose logins are refused although their passwords seem to be in step.
    pub(super) async fn refused_logins(&self, desired: &Desired, secret: &RoleSecret) -> BTreeSet<String> {
        let settings = self.connected.settings();
        let mut refused = BTreeSet::new();
        // What else a login is refused for is for `doctor` to name; it is not a difference that apply would mend.
        for (connection, role) in &settings.roles {
            let login = open::request(&self.connected, connection, role, secret).try_login().await;
            refused.extend(login.err().filter(|error| error.is_password()).map(|_| role.role.to_string()));
        }
        if desired.has_checker() {
            match open::open_checker(&self.connected, secret, None).await {
                Ok(checker) => checker.close().await,
                Err(error) if error.is_password() => drop(refused.insert(error.role.to_string())),
                Err(_) => {}
            }
        }
        refused
    }

    /// What keeps core from setting the passwords of these roles again.
    pub(super) async fn plan_refused(
        &self,
        desired: &Desired,
        secret: &RoleSecret,
        refused: &BTreeSet<String>,
    ) -> Result<Vec<Refusal>, ProvisionError> {
        if refused.is_empty() {
            return Ok(Vec::new());
        }
        let options = ProvisionOptions { force_password: refused.clone(), ..ProvisionOptions::default() };
        Ok(plan_with(&self.connected.core, desired, Some(secret), &options).await?.refusals)
    }
}
