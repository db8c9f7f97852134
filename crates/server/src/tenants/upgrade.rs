//! The module's migrations in one tenant: run as that tenant, in its schema, and kept whole or not at all.

use std::collections::BTreeMap;

use rolewright_core::{sqlstate, tenant::TenantId};
use rolewright_roles::tenants::State;
use rolewright_sessions::tenant::{SEAL, SETTLE};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, SqlxPostgresConnector};
use tokio::sync::Mutex;

use super::{
    Folder, Ground, TenantError, Tenants, as_it_began::Began, begin::begin_as, error::plain, list::Tenant,
    lock::Held, pending::ask,
};
use crate::HostMigrations;

/// The pools that a job has opened as the module, by bucket.
#[derive(Debug, Default)]
pub(super) struct Logins(Mutex<BTreeMap<u32, DatabaseConnection>>);

impl Logins {
    /// The pool of a bucket, opened when it is first asked for.
    pub(super) async fn of(
        &self,
        ground: &Ground,
        bucket: u32,
        size: usize,
    ) -> Result<DatabaseConnection, TenantError> {
        let mut pools = self.0.lock().await;
        if let Some(pool) = pools.get(&bucket) {
            return Ok(pool.clone());
        }
        let size = u32::try_from(size).unwrap_or(1);
        let pool = SqlxPostgresConnector::from_sqlx_postgres_pool(ground.login(bucket, size).await?);
        pools.insert(bucket, pool.clone());
        Ok(pool)
    }

    pub(super) async fn close(&self) {
        for pool in self.0.lock().await.values() {
            pool.get_postgres_connection_pool().close().await;
        }
    }
}

impl Tenants<'_> {
    /// Whether anything is to be run in a tenant's schema.
    pub(super) fn migrates(&self) -> bool {
        let tenancy = &self.ground.tenancy;
        self.migrations.is_some()
            || tenancy.migrate_folder.is_some()
            || tenancy.migrate_command.is_some()
            || tenancy.reports.is_some()
    }

    /// The files of migrations, where they are configured.
    pub(super) fn folder(&self) -> Result<Option<Folder>, TenantError> {
        self.ground.tenancy.migrate_folder.clone().map(Folder::read).transpose()
    }

    /// The module's own migrations, or else those files.
    pub(super) fn own<'b>(&'b self, folder: Option<&'b Folder>) -> Option<&'b dyn HostMigrations> {
        let folder = folder.map(|folder| folder as &dyn HostMigrations);
        self.migrations.map(|migrations| migrations as &dyn HostMigrations).or(folder)
    }

    /// Runs what is pending in one tenant, whose lock is held; gives the names of what was run.
    pub(super) async fn upgrade_one(
        &self,
        id: &TenantId,
        logins: &Logins,
        held: &Held,
    ) -> Result<Vec<String>, TenantError> {
        let ground = self.ground;
        let tenant = ground.tenant(id).await?;
        match tenant.state {
            State::Adding | State::Active => {}
            State::Disabled => return Err(TenantError::Disabled(id.clone())),
            State::Purging => return Err(TenantError::Purging(id.clone())),
            State::Purged => return Err(TenantError::Purged(id.clone())),
        }
        let folder = self.folder()?;
        let own = self.own(folder.as_ref());
        let mut applied = Vec::new();
        if let Some(migrations) = own {
            let pool = logins.of(ground, tenant.bucket, self.at_once()).await?;
            applied = migrate_past_idle(ground, &pool, &tenant, migrations, held).await?;
        }
        if let Some(command) = ground.tenancy.migrate_command.as_deref().filter(|_| self.migrations.is_none())
        {
            held.holds(id).await?;
            ground.run_program(&tenant, command).await?;
            held.holds(id).await?;
        }
        if ground.tenancy.reports.is_some() {
            let pool = logins.of(ground, tenant.bucket, self.at_once()).await?;
            applied.extend(ground.open_to_reports(&pool, &tenant).await?);
        }
        let version = own.and_then(HostMigrations::latest);
        if tenant.state == State::Adding || !applied.is_empty() || version != tenant.version {
            held.holds(id).await?;
            note(ground, id, version).await?;
        }
        Ok(applied)
    }
}

/// Migrates; where it waited in vain for a lock that sessions of the tenant's own reports hold and do nothing, once more without these.
async fn migrate_past_idle(
    ground: &Ground,
    pool: &DatabaseConnection,
    tenant: &Tenant,
    migrations: &dyn HostMigrations,
    held: &Held,
) -> Result<Vec<String>, TenantError> {
    let locked = match migrate(ground, pool, tenant, migrations, held).await {
        Err(error @ TenantError::MigrationLocked { .. }) => error,
        outcome => return outcome,
    };
    match ground.end_idle_reports(tenant).await {
        Ok(Some(ended)) => {
            let applied = migrate(ground, pool, tenant, migrations, held).await?;
            Ok([vec![ended], applied].concat())
        }
        Ok(None) => Err(locked),
        Err(error) if error.is_lost() => Err(error),
        Err(error) => {
            tracing::warn!(tenant = %tenant.id, %error, "idle sessions of its reports could not be ended");
            Err(locked)
        }
    }
}

async fn migrate(
    ground: &Ground,
    pool: &DatabaseConnection,
    tenant: &Tenant,
    migrations: &dyn HostMigrations,
    held: &Held,
) -> Result<Vec<String>, TenantError> {
    let failed = TenantError::Migration;
    let transaction = begin_as(pool, &tenant.role).await?;
    let pending = ask(&transaction, migrations).await?;
    if pending.is_empty() {
        transaction.rollback().await.map_err(failed)?;
        return Ok(pending);
    }
    let began = Began::of(&transaction).await.map_err(failed)?;
    let up = async {
        up(&transaction, migrations, &began).await?;
        held.holds(&tenant.id).await
    };
    let why = match up.await {
        Ok(()) => return transaction.commit().await.map(|()| pending).map_err(failed),
        Err(why) => why,
    };
    // What it left is undone, whatever this says; what it committed itself is not, and must not be told as if it were.
    let _ = transaction.rollback().await;
    match (began.was_committed(pool).await, why) {
        (Ok(true), TenantError::Migration(error)) => Err(TenantError::Committed(plain(&error))),
        (Ok(true), why) => Err(TenantError::Committed(why.to_string())),
        (Ok(false), TenantError::Migration(error)) if is_locked(&error) => {
            Err(TenantError::MigrationLocked {
                why: plain(&error),
                holder: ground.lockers(&tenant.role).await?,
            })
        }
        (Ok(false), why) => Err(why),
        (Err(error), why) => Err(TenantError::Uncertain(format!("{why}; {}", plain(&error)))),
    }
}

async fn up(
    transaction: &DatabaseTransaction,
    migrations: &dyn HostMigrations,
    began: &Began,
) -> Result<(), TenantError> {
    let failed = TenantError::Migration;
    migrations.up(transaction).await.map_err(failed)?;
    transaction.execute_unprepared(SETTLE).await.map_err(failed)?;
    let now = Began::of(transaction).await.map_err(failed)?;
    if let Some(how) = began.left(&now) {
        return Err(failed(DbErr::Custom(format!("it {how}"))));
    }
    transaction.execute_unprepared(SEAL).await.map(|_| ()).map_err(failed)
}

/// Whether it has waited for a lock for as long as it may. Who runs several, as a folder does, keeps the code in the text alone.
fn is_locked(error: &DbErr) -> bool {
    plain(error).ends_with(&format!("({})", sqlstate::LOCK_NOT_AVAILABLE))
}

async fn note(ground: &Ground, id: &TenantId, version: Option<String>) -> Result<(), TenantError> {
    let sql = "/* rolewright: tenant upgrade */ UPDATE rolewright.tenant SET \
               changed_at = CASE state WHEN 'adding' THEN pg_catalog.clock_timestamp() ELSE changed_at END, state = 'active', \
               version = $3, upgraded_at = pg_catalog.clock_timestamp() \
               WHERE module = $1 AND id = $2 AND state IN ('adding', 'active')";
    sqlx::query(sql)
        .bind(ground.module())
        .bind(id.as_str())
        .bind(version)
        .execute(ground.core())
        .await
        .map_err(TenantError::sql("note the upgrade"))?;
    Ok(())
}
