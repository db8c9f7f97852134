//! The module and its tenants: a name that can be part of roles, and one way to migrate a tenant.

use std::path::PathBuf;

use super::{
    Problem, SettingsError, TenancySettings, TenantReportsSettings,
    check::Checker,
    defaults,
    raw::{RawTenancy, RawTenantReports},
};
use crate::{Ident, tenant::Module};

pub(super) fn check(
    raw: RawTenancy,
    checker: &Checker<'_>,
) -> Result<Option<TenancySettings>, SettingsError> {
    let RawTenancy { module, migrate, .. } = &raw;
    let Some(module) = module else {
        if raw.has_numbers() || raw.reports.is_set() || migrate.command.is_some() || migrate.folder.is_some()
        {
            return Err(checker.refuse("tenancy.module", Problem::NoModule));
        }
        return Ok(None);
    };
    let module =
        Module::new(module).map_err(|error| checker.refuse("tenancy.module", Problem::Module(error)))?;
    if migrate.command.as_ref().is_some_and(|words| words.first().is_none_or(String::is_empty)) {
        return Err(checker.refuse("tenancy.migrate.command", Problem::Empty));
    }
    if migrate.folder.as_deref() == Some("") {
        return Err(checker.refuse("tenancy.migrate.folder", Problem::Empty));
    }
    if migrate.command.is_some() && migrate.folder.is_some() {
        return Err(checker.refuse("tenancy.migrate.command", Problem::TwoWays));
    }
    let pool = checker.pool("tenancy.pool", &raw.pool, defaults::POOL)?;
    let positive = |key: &str, number, default| checker.positive(&format!("tenancy.{key}"), number, default);
    let time = |key: &str, time, default| checker.time(&format!("tenancy.{key}"), time, default);
    Ok(Some(TenancySettings {
        module,
        bucket: positive("bucket", raw.bucket, defaults::BUCKET)?,
        parallel: positive("parallel", raw.parallel, defaults::PARALLEL)?,
        max_in_flight: positive("max_in_flight", raw.max_in_flight, pool.max.div_ceil(2))?,
        max_tenants: positive("max_tenants", raw.max_tenants, defaults::MAX_TENANTS)?,
        statement_timeout: time(
            "statement_timeout",
            raw.statement_timeout.as_ref(),
            defaults::STATEMENT_TIMEOUT,
        )?,
        fresh: time("fresh", raw.fresh.as_ref(), defaults::FRESH)?,
        pool,
        reports: reports(&raw.reports, checker)?,
        migrate_command: raw.migrate.command,
        migrate_folder: raw.migrate.folder.map(PathBuf::from),
    }))
}

/// Refuses roles of other sections that have the name of one of the module's own.
pub(super) fn names_of_its_own<'a>(
    tenancy: Option<&TenancySettings>,
    roles: impl IntoIterator<Item = (String, &'a Ident)>,
    checker: &Checker<'_>,
) -> Result<(), SettingsError> {
    let Some(module) = tenancy.map(|tenancy| &tenancy.module) else { return Ok(()) };
    match roles.into_iter().find(|(_, role)| module.names_its_own(role.as_str())) {
        Some((key, role)) => {
            let (role, module) = (role.to_string(), module.as_str().to_owned());
            Err(checker.refuse(&key, Problem::TenantsRole { role, module }))
        }
        None => Ok(()),
    }
}

/// The tenants' own reports; `max_connections` is what asks for them.
fn reports(
    raw: &RawTenantReports,
    checker: &Checker<'_>,
) -> Result<Option<TenantReportsSettings>, SettingsError> {
    let key = |name: &str| format!("tenancy.reports.{name}");
    if raw.max_connections.is_none() {
        return if raw.is_set() {
            Err(checker.refuse(&key("max_connections"), Problem::NoTenantReports))
        } else {
            Ok(None)
        };
    }
    let per_tenant = checker.positive(&key("per_tenant"), raw.per_tenant, defaults::REPORTS_PER_TENANT)?;
    if per_tenant < 2 {
        return Err(checker.refuse(&key("per_tenant"), Problem::TooFew { least: 2 }));
    }
    let max_connections = checker.positive(&key("max_connections"), raw.max_connections, per_tenant)?;
    if max_connections < per_tenant {
        return Err(checker.refuse(&key("max_connections"), Problem::TooFew { least: per_tenant }));
    }
    Ok(Some(TenantReportsSettings {
        max_connections,
        per_tenant,
        statement_timeout: checker.time(
            &key("statement_timeout"),
            raw.statement_timeout.as_ref(),
            defaults::STATEMENT_TIMEOUT,
        )?,
        max_rows: checker.positive(&key("max_rows"), raw.max_rows, defaults::MAX_ROWS)?,
        max_bytes: checker.positive(&key("max_bytes"), raw.max_bytes, defaults::MAX_BYTES)?,
    }))
}

impl RawTenantReports {
    /// Whether anything is said.
    fn is_set(&self) -> bool {
        self.max_connections.is_some()
            || self.per_tenant.is_some()
            || self.statement_timeout.is_some()
            || self.max_rows.is_some()
            || self.max_bytes.is_some()
    }
}

impl RawTenancy {
    /// Whether anything but the module and its migrations is said.
    fn has_numbers(&self) -> bool {
        let numbers =
            [self.bucket, self.parallel, self.max_in_flight, self.max_tenants, self.pool.max, self.pool.min];
        let times = [
            &self.statement_timeout,
            &self.fresh,
            &self.pool.idle,
            &self.pool.acquire,
            &self.pool.max_lifetime,
        ];
        numbers.iter().any(Option::is_some) || times.iter().any(|time| time.is_some())
    }
}
