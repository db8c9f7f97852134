//! The host's own migrations, whatever they are written in, as the migrate stage sees them.

use std::{fmt, marker::PhantomData};

use async_trait::async_trait;
use sea_orm::{DatabaseTransaction, DbErr};
use sea_orm_migration::MigratorTrait;

/// Migrations that run in the migrate stage, inside a transaction that holds the migration lock.
///
/// Implement it for a migration tool of your own; for sea-orm migrators [`SeaOrm`] does it.
#[async_trait]
pub trait HostMigrations: Send + Sync {
    /// The names of those not applied yet; changes nothing, not even a bookkeeping table.
    async fn pending(&self, transaction: &DatabaseTransaction) -> Result<Vec<String>, DbErr>;

    /// Applies all that are pending.
    async fn up(&self, transaction: &DatabaseTransaction) -> Result<(), DbErr>;

    /// The name of the newest one, whether applied or not: what a tenant is called up to date with.
    fn latest(&self) -> Option<String> {
        None
    }
}

/// A host without migrations, or one whose migrations are `migrate.command`.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMigrations;

#[async_trait]
impl HostMigrations for NoMigrations {
    async fn pending(&self, _: &DatabaseTransaction) -> Result<Vec<String>, DbErr> {
        Ok(Vec::new())
    }

    async fn up(&self, _: &DatabaseTransaction) -> Result<(), DbErr> {
        Ok(())
    }
}

/// A sea-orm migrator as host migrations: `SeaOrm::<migration::Migrator>::default()`.
///
/// All pending migrations are one transaction, so a migration that cannot run in one (`CREATE INDEX CONCURRENTLY`)
/// does not belong here.
pub struct SeaOrm<M>(PhantomData<fn() -> M>);

impl<M> Default for SeaOrm<M> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<M> fmt::Debug for SeaOrm<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeaOrm")
    }
}

#[async_trait]
impl<M: MigratorTrait> HostMigrations for SeaOrm<M> {
    async fn pending(&self, transaction: &DatabaseTransaction) -> Result<Vec<String>, DbErr> {
        let pending = M::get_pending_migrations_read_only(transaction).await?;
        Ok(pending.iter().map(|migration| migration.name().to_owned()).collect())
    }

    async fn up(&self, transaction: &DatabaseTransaction) -> Result<(), DbErr> {
        M::up(transaction, None).await
    }

    fn latest(&self) -> Option<String> {
        M::migrations().last().map(|migration| migration.name().to_owned())
    }
}
