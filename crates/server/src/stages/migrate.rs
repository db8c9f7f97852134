//! The fourth stage: Rolewright's own migrations, then the host's, under one lock.

use std::{process::Stdio, time::Duration};

use rolewright_core::{Advice, ConnInfo, Exit, sqlstate};
use rolewright_secrets::{Installation, InstallationError, SecretStore, installation};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, TransactionTrait};
use sea_orm_migration::MigratorTrait;
use tracing::info;

use super::{
    HostMigrations, Run, Stage, StartError, Unlocked,
    lock::{self, LockError},
    unlock,
};
use crate::migrator::{Migrator, SCHEMA};

/// A database whose tables are all there.
#[derive(Clone, Debug)]
pub struct Migrated {
    pub(crate) unlocked: Unlocked,
    pub(crate) installation: Installation,
    pub(crate) store: SecretStore,
    /// The migrations this start applied, in order.
    pub applied: Vec<String>,
}

/// Why the migrate stage gave up.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// Told not to migrate, and there is something to migrate.
    #[error("{} migrations are pending: {}", .0.len(), .0.join(", "))]
    Pending(Vec<String>),
    /// Another process holds the lock for too long.
    #[error("another process has been migrating for longer than {} s ({holder})", waited.as_secs())]
    Busy {
        /// How long this process waited.
        waited: Duration,
        /// Who it waited for.
        holder: String,
    },
    /// The core role may not make Rolewright's schema.
    #[error("the core role may not create the schema `rolewright` in this database")]
    NoCreate,
    /// A migration failed; its transaction was rolled back.
    #[error("a migration failed and was rolled back: {0}")]
    Database(DbErr),
    /// The host's program could not be started.
    #[error("`migrate.command` could not be started: {0}")]
    NotStarted(std::io::Error),
    /// The host's program failed.
    #[error("`migrate.command` ended with {0}")]
    CommandFailed(std::process::ExitStatus),
    /// The installation could not be read or made.
    #[error(transparent)]
    Installation(#[from] InstallationError),
}

impl From<DbErr> for MigrateError {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl From<LockError> for MigrateError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Busy { waited, holder } => Self::Busy { waited, holder },
            LockError::Database(error) => Self::Database(error),
        }
    }
}

impl Advice for MigrateError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Pending(_) => "run `rolewright apply`, or set `migrate.on_start = true`".to_owned(),
            Self::Busy { .. } => {
                "wait for it, or raise `start.lock_timeout`; if it hangs, end that backend with pg_terminate_backend".to_owned()
            }
            Self::NoCreate => "as an administrator: GRANT CREATE ON DATABASE … TO the core role (`rolewright doctor` prints it whole)".to_owned(),
            Self::Database(_) => "mend the migration, or the data it met, and start again; nothing of it was kept".to_owned(),
            Self::NotStarted(_) => "name a program on PATH in `migrate.command`, as a list: [\"program\", \"argument\"]".to_owned(),
            Self::CommandFailed(_) => "its own output, above, says why".to_owned(),
            Self::Installation(error) => return error.hint(),
        })
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Pending(_) | Self::NotStarted(_) => Exit::Config,
            Self::Busy { .. } => Exit::Unavailable,
            Self::NoCreate => Exit::NoPermission,
            Self::Database(error) if crate::error::is_lost(error) => Exit::Unavailable,
            Self::Database(error) if denied(error) => Exit::NoPermission,
            Self::Database(_) | Self::CommandFailed(_) => Exit::Failed,
            Self::Installation(error) => error.exit(),
        }
    }
}

impl Unlocked {
    /// Applies what is pending, or refuses where `migrate.on_start` is off.
    ///
    /// # Errors
    /// The pending list; who holds the lock; the migration that failed. Each transaction is kept whole or not at all.
    pub async fn migrate(self, host: &dyn HostMigrations) -> Result<Migrated, StartError> {
        let on_start = self.connected.run.settings.migrate.on_start;
        self.migrate_if(host, on_start).await
    }

    /// Applies what is pending, whatever `migrate.on_start` says: this is what `rolewright apply` does.
    ///
    /// # Errors
    /// As [`migrate`](Self::migrate), but for the pending list.
    pub async fn migrate_now(self, host: &dyn HostMigrations) -> Result<Migrated, StartError> {
        self.migrate_if(host, true).await
    }

    async fn migrate_if(self, host: &dyn HostMigrations, allowed: bool) -> Result<Migrated, StartError> {
        let run = self.connected.run.clone();
        run.stage(Stage::Migrate, async {
            let applied = migrate(&self, host, allowed).await?;
            let db = &self.connected.core;
            let server = &self.connected.server;
            let installation =
                installation::read_or_create(db, unlock::system(server), &server.database).await?;
            let store = SecretStore::new(self.ring.clone(), installation.id);
            Ok::<_, MigrateError>(Migrated { unlocked: self, installation, store, applied })
        })
        .await
    }

    /// The names of all migrations that are not applied yet; changes nothing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn pending(&self, host: &dyn HostMigrations) -> Result<Vec<String>, DbErr> {
        let db = &self.connected.core;
        let mut pending = own_pending(db).await?;
        let transaction = db.begin().await?;
        pending.extend(host.pending(&transaction).await?);
        transaction.rollback().await?;
        Ok(pending)
    }
}

async fn migrate(
    unlocked: &Unlocked,
    host: &dyn HostMigrations,
    allowed: bool,
) -> Result<Vec<String>, MigrateError> {
    let run = &unlocked.connected.run;
    let db = &unlocked.connected.core;
    let bound = run.settings.start.lock_timeout;
    let pending = unlocked.pending(host).await?;
    if !pending.is_empty() {
        if !allowed {
            return Err(MigrateError::Pending(pending));
        }
        info!(stage = %Stage::Migrate, pending = pending.len(), "applying migrations");
        up_own(unlocked, bound).await?;
        let transaction = db.begin().await?;
        lock::acquire(&transaction, db, bound).await?;
        host.up(&transaction).await?;
        transaction.commit().await?;
    }
    if let Some(command) = run.settings.migrate.command.as_deref().filter(|_| allowed) {
        let transaction = db.begin().await?;
        lock::acquire(&transaction, db, bound).await?;
        run_command(run, command).await?;
        transaction.commit().await?;
    }
    Ok(pending)
}

async fn up_own(unlocked: &Unlocked, bound: Duration) -> Result<(), MigrateError> {
    let db = &unlocked.connected.core;
    let transaction = db.begin().await?;
    lock::acquire(&transaction, db, bound).await?;
    if !has_schema(&transaction).await? {
        if !unlocked.connected.server.may_create_in_database {
            return Err(MigrateError::NoCreate);
        }
        transaction.execute_unprepared("/* rolewright: migrate */ CREATE SCHEMA rolewright; REVOKE ALL ON SCHEMA rolewright FROM PUBLIC").await?;
    }
    set_path(&transaction).await?;
    Migrator::up(&transaction, None).await?;
    transaction.commit().await?;
    Ok(())
}

async fn own_pending(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let transaction = db.begin().await?;
    set_path(&transaction).await?;
    let pending = Migrator::get_pending_migrations_read_only(&transaction).await?;
    transaction.rollback().await?;
    Ok(pending.iter().map(|migration| migration.name().to_owned()).collect())
}

async fn set_path(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    let sql = format!("/* rolewright: migrate */ SET LOCAL search_path = {SCHEMA}, pg_temp");
    transaction.execute_unprepared(&sql).await.map(|_| ())
}

/// `CREATE SCHEMA IF NOT EXISTS` needs CREATE on the database even where the schema exists, so we look first.
async fn has_schema(transaction: &DatabaseTransaction) -> Result<bool, DbErr> {
    let sql =
        "/* rolewright: migrate */ SELECT 1 AS one FROM pg_catalog.pg_namespace WHERE nspname = 'rolewright'";
    let statement = sea_orm::Statement::from_string(transaction.get_database_backend(), sql);
    Ok(transaction.query_one_raw(statement).await?.is_some())
}

/// Runs the host's program. It finds the connection in `DATABASE_URL` of its environment, never among its arguments, and
/// its output goes to our standard error, so that our own output stays readable by machines.
async fn run_command(run: &Run, command: &[String]) -> Result<(), MigrateError> {
    let [program, arguments @ ..] = command else { return Ok(()) };
    let status = tokio::process::Command::new(program)
        .args(arguments)
        .env("DATABASE_URL", core_url(&run.settings.database))
        .stdin(Stdio::null())
        .stdout(std::io::stderr())
        .kill_on_drop(true)
        .status()
        .await
        .map_err(MigrateError::NotStarted)?;
    if status.success() { Ok(()) } else { Err(MigrateError::CommandFailed(status)) }
}

fn core_url(database: &ConnInfo) -> String {
    database.to_url().expose().to_owned()
}

fn denied(error: &DbErr) -> bool {
    lock::sqlstate_of(error).as_deref() == Some(sqlstate::INSUFFICIENT_PRIVILEGE)
}
