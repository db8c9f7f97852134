//! The module and its tenants: a name that can be part of roles, and one way to migrate a tenant.

use std::path::PathBuf;

use super::{Problem, SettingsError, TenancySettings, check::Checker, defaults, raw::RawTenancy};
use crate::tenant::Module;

pub(super) fn check(
    raw: RawTenancy,
    checker: &Checker<'_>,
) -> Result<Option<TenancySettings>, SettingsError> {
    let RawTenancy { module, bucket, parallel, migrate } = raw;
    let Some(module) = module else {
        let others = bucket.is_some() || parallel.is_some();
        if others || migrate.command.is_some() || migrate.folder.is_some() {
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
    Ok(Some(TenancySettings {
        module,
        bucket: checker.positive("tenancy.bucket", bucket, defaults::BUCKET)?,
        parallel: checker.positive("tenancy.parallel", parallel, defaults::PARALLEL)?,
        migrate_command: migrate.command,
        migrate_folder: migrate.folder.map(PathBuf::from),
    }))
}
