//! Subjects of tokens: the roles they act as are kept as configured, and the pool that acts for them is opened.

mod error;
mod issuer;
mod roles;

pub use error::AccessError;

use std::sync::Arc;

use issuer::Issuer;

use rolewright_core::settings::{AccessSettings, JwtSettings, KeySource};
use rolewright_roles::{
    ProvisionError, ProvisionOptions,
    room::{RoomPlan, RoomProvisioned},
    subjects::{self, Wanted},
};
use rolewright_secrets::SecretStore;
use rolewright_sessions::{
    Subjects,
    subject::{OpenSubjects, Rules},
    token::{KeyFile, KeysError, Policy, Verifier},
};
use uuid::Uuid;

use crate::stages::{Connected, Unlocked};

/// What the work for subjects stands on.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    connected: Connected,
    store: SecretStore,
    installation: Uuid,
    settings: AccessSettings,
}

impl Access {
    /// Nothing where `[access]` is not configured.
    pub(crate) fn new(connected: &Connected, store: SecretStore, installation: Uuid) -> Option<Self> {
        let settings = connected.run.settings.access.clone()?;
        Some(Self { connected: connected.clone(), store, installation, settings })
    }

    /// The same from a start that went no further than the unlock stage; nothing before the first migration either.
    pub(crate) fn of(unlocked: &Unlocked) -> Option<Self> {
        let installation = unlocked.installation.as_ref()?.id;
        Self::new(&unlocked.connected, unlocked.store()?, installation)
    }

    /// Makes the login and the roles what the settings ask for.
    pub(crate) async fn provision(&self) -> Result<RoomProvisioned, ProvisionError> {
        self.send(&wanted(&self.connected, &self.settings, self.installation)).await
    }

    /// Sets the login's password again: it was refused, though it seemed to be in step.
    async fn realign(&self) -> Result<(), ProvisionError> {
        let wanted = wanted(&self.connected, &self.settings, self.installation);
        self.send(&Wanted { login_refused: true, ..wanted }).await.map(|_| ())
    }

    async fn send(&self, wanted: &Wanted) -> Result<RoomProvisioned, ProvisionError> {
        let options = ProvisionOptions {
            lock_timeout: self.connected.run.settings.start.lock_timeout,
            ..ProvisionOptions::default()
        };
        subjects::provision(&self.connected.core, wanted, &self.store, &options).await
    }

    /// Reads the keys, and opens the pool of all subjects; it connects when it is first used.
    pub(crate) async fn open(&self) -> Result<Subjects, AccessError> {
        let (settings, jwt) = (&self.settings, &self.settings.jwt);
        let verifier = verifier(jwt).await?;
        let all = &self.connected.run.settings;
        let mut server = all.database.clone();
        server.hosts = vec![self.connected.host.clone()];
        Ok(Subjects::open(OpenSubjects {
            server,
            app: all.app.clone(),
            login: settings.login.clone(),
            search_path: settings.search_path.clone(),
            verifier: Arc::new(verifier),
            rules: Rules::from(settings),
            roles: Arc::new(self.clone()),
            fresh: settings.fresh,
            pool: settings.pool,
            max_in_flight: settings.max_in_flight,
            statement_timeout: settings.statement_timeout,
        }))
    }
}

/// Reads the keys of tokens.
pub(crate) async fn verifier(jwt: &JwtSettings) -> Result<Verifier, KeysError> {
    let (policy, reload, cache) = (Policy::from(jwt), jwt.reload, jwt.cache);
    match &jwt.keys {
        KeySource::JwksFile(file) => Verifier::open(policy, KeyFile::Jwks(file.clone()), reload, cache).await,
        KeySource::Hs256File(file) => {
            Verifier::open(policy, KeyFile::Hs256(file.clone()), reload, cache).await
        }
        KeySource::JwksUrl(url) => Verifier::open(policy, Issuer::new(url)?, reload, cache).await,
    }
}

/// What [`Access::provision`] would do, as far as it can be told without making anything; nothing where there is nothing configured.
pub(crate) async fn preview(
    unlocked: &Unlocked,
    secret: Option<&rolewright_core::RoleSecret>,
) -> Result<Option<RoomPlan>, ProvisionError> {
    let connected = &unlocked.connected;
    let Some(settings) = &connected.run.settings.access else { return Ok(None) };
    let installation = unlocked.installation.as_ref().map_or(Uuid::nil(), |one| one.id);
    let wanted = wanted(connected, settings, installation);
    subjects::plan(&connected.core, &wanted, secret).await.map(Some)
}

fn wanted(connected: &Connected, access: &AccessSettings, installation: Uuid) -> Wanted {
    let settings = &connected.run.settings;
    let mut taken: Vec<String> = settings.roles.values().map(|role| role.role.to_string()).collect();
    taken.push(settings.sandbox.checker.to_string());
    taken.push(connected.server.user.clone());
    Wanted::new(access, installation, taken)
}
