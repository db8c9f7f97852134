//! From what is written to what is meant: every value checked, every default filled in.

use std::{path::PathBuf, time::Duration};

use super::{
    CryptoSettings, MigrateSettings, Origins, PoolSettings, Problem, SandboxSettings, Settings,
    SettingsError, Sources, StartSettings, access_check, check_database, check_http, check_roles,
    check_tenancy, consent_check, defaults,
    raw::{Raw, RawDuration, RawPool},
};
use crate::{Ident, conninfo::PoolOverrides};

/// PostgreSQL keeps timeouts in milliseconds as 32-bit integers.
const MOST_MILLISECONDS: u64 = i32::MAX as u64;

/// Names the key and its origin in errors.
pub(super) struct Checker<'a> {
    pub(super) origins: &'a Origins,
    pub(super) sources: &'a Sources,
}

/// Checks everything, and stops at the first value that cannot be.
pub(super) fn check(raw: Raw, checker: &Checker<'_>) -> Result<Settings, SettingsError> {
    let (database, over) = check_database::check(&raw.database, checker)?;
    let app = match raw.app.or_else(|| database.database.clone()) {
        Some(app) => checker.name("app", &app)?,
        None => return Err(SettingsError::NoApp),
    };
    let pool = checker.pool("database.pool", &raw.database.pool, defaults::POOL)?;
    let pool = pool.merge(&over).map_err(|error| SettingsError::Url(error.into()))?;
    let replicas = checker.positive("database.replicas", raw.database.replicas, defaults::REPLICAS)?;
    let roles = check_roles::check(raw.roles, &app, database.user.as_deref(), replicas, checker)?;
    let sandbox = SandboxSettings {
        checker: match &raw.sandbox.checker {
            Some(name) => checker.name("sandbox.checker", name)?,
            None => checker.name("sandbox.checker", &format!("{app}_checker"))?,
        },
        adopt: raw.sandbox.adopt.unwrap_or(false),
    };
    check_roles::of_its_own(&sandbox.checker, "sandbox.checker", database.user.as_deref(), &roles, checker)?;
    if raw.migrate.command.as_ref().is_some_and(|c| c.first().is_none_or(String::is_empty)) {
        return Err(checker.refuse("migrate.command", Problem::Empty));
    }
    let tenancy = check_tenancy::check(raw.tenancy, checker)?;
    let access = access_check::check(raw.access, &app, checker.origins.is_set("access"), checker)?;
    if let Some(access) = &access {
        check_roles::of_its_own(&access.login, "access.login", database.user.as_deref(), &roles, checker)?;
    }
    let managed = roles.iter().map(|(name, role)| (format!("roles.{name}.role"), &role.role));
    let checks = [("sandbox.checker".to_owned(), &sandbox.checker)];
    let subjects = access.iter().flat_map(|access| {
        [("access.login".to_owned(), &access.login), ("access.shared_role".to_owned(), &access.shared_role)]
    });
    check_tenancy::names_of_its_own(tenancy.as_ref(), managed.chain(checks).chain(subjects), checker)?;
    let consent = consent_check::check(raw.consent, checker)?;
    let http = check_http::check(&raw.http, tenancy.is_some(), checker)?;
    let lock_timeout =
        checker.time("start.lock_timeout", raw.start.lock_timeout.as_ref(), defaults::LOCK_TIMEOUT)?;
    let some = |time: Duration| (!time.is_zero()).then_some(time);
    let reconcile = checker.time_or_zero("start.reconcile", raw.start.reconcile.as_ref())?;
    let reconcile = some(reconcile.unwrap_or(defaults::RECONCILE));
    let rotate = raw.start.rotate_roles_after.as_ref();
    let rotate_roles_after = checker.time_or_zero("start.rotate_roles_after", rotate)?.and_then(some);
    if raw.crypto.key_file.as_deref() == Some("") {
        return Err(checker.refuse("crypto.key_file", Problem::Empty));
    }
    let key_file = checker.sources.variable("CRYPTO_KEY_FILE").map(str::to_owned).or(raw.crypto.key_file);
    Ok(Settings {
        app,
        database,
        pool,
        replicas,
        crypto: CryptoSettings {
            key_file: key_file.map(PathBuf::from),
            allow_readable_key_file: raw.crypto.allow_readable_key_file.unwrap_or(false),
            exposure: raw.crypto.exposure.unwrap_or_default(),
        },
        migrate: MigrateSettings {
            on_start: raw.migrate.on_start.unwrap_or(true),
            command: raw.migrate.command,
        },
        start: StartSettings {
            roles: raw.start.roles.unwrap_or_default(),
            lock_timeout,
            reconcile,
            rotate_roles_after,
        },
        roles,
        sandbox,
        tenancy,
        access,
        consent,
        http,
    })
}

impl Checker<'_> {
    pub(super) fn refuse(&self, key: &str, problem: Problem) -> SettingsError {
        SettingsError::Value { key: key.to_owned(), origin: self.origins.of(key), problem }
    }

    pub(super) fn name(&self, key: &str, name: &str) -> Result<Ident, SettingsError> {
        Ident::new(name).map_err(|error| self.refuse(key, Problem::Name(error)))
    }

    pub(super) fn positive<N: Default + PartialEq>(
        &self,
        key: &str,
        number: Option<N>,
        default: N,
    ) -> Result<N, SettingsError> {
        match number {
            Some(number) if number == N::default() => Err(self.refuse(key, Problem::Zero)),
            number => Ok(number.unwrap_or(default)),
        }
    }

    /// A time of at least a millisecond.
    pub(super) fn time(
        &self,
        key: &str,
        time: Option<&RawDuration>,
        default: Duration,
    ) -> Result<Duration, SettingsError> {
        match self.time_or_zero(key, time)? {
            Some(time) if time.as_millis() == 0 => Err(self.refuse(key, Problem::Zero)),
            time => Ok(time.unwrap_or(default)),
        }
    }

    pub(super) fn time_or_zero(
        &self,
        key: &str,
        time: Option<&RawDuration>,
    ) -> Result<Option<Duration>, SettingsError> {
        let time = match time {
            None => return Ok(None),
            Some(RawDuration::Milliseconds(number)) => Duration::from_millis(*number),
            // A variable of the environment may carry bare milliseconds as a text.
            Some(RawDuration::Text(text)) => match text.parse() {
                Ok(number) => Duration::from_millis(number),
                Err(_) => humantime::parse_duration(text).map_err(|_| self.refuse(key, Problem::Time))?,
            },
        };
        if time.as_millis() > u128::from(MOST_MILLISECONDS) {
            return Err(self.refuse(key, Problem::TooMuch { most: MOST_MILLISECONDS }));
        }
        Ok(Some(time))
    }

    pub(super) fn pool(
        &self,
        key: &str,
        raw: &RawPool,
        default: PoolSettings,
    ) -> Result<PoolSettings, SettingsError> {
        let time = |name: &str, time| self.time_or_zero(&format!("{key}.{name}"), time);
        let over = PoolOverrides {
            max: raw.max,
            min: raw.min,
            idle: time("idle", raw.idle.as_ref())?,
            acquire: time("acquire", raw.acquire.as_ref())?,
            max_lifetime: time("max_lifetime", raw.max_lifetime.as_ref())?,
        };
        default.merge(&over).map_err(|error| self.refuse(key, Problem::Pool(error)))
    }
}
