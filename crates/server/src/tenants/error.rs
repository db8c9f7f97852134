//! Why something could not be done for a tenant, or for all of them.

use rolewright_core::{connect::ConnectError, tenant::TenantId};
use rolewright_roles::{Finding, ProvisionError, Refusal};
use sea_orm::DbErr;

pub(super) use super::said::plain;

/// The connections that a job of one tenant takes: for its own lock, for the tenant's, and for the work.
pub(super) const LEAST: u32 = 3;

/// What went wrong with a tenant. Never contains a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TenantError {
    /// No module is configured.
    #[error("no module is configured, so there are no tenants")]
    NoModule,
    /// There is no such tenant.
    #[error("there is no tenant {0}")]
    Unknown(TenantId),
    /// It is refused until it is enabled.
    #[error("the tenant {0} is disabled")]
    Disabled(TenantId),
    /// Its objects are being removed.
    #[error("the tenant {0} is being purged")]
    Purging(TenantId),
    /// It was removed.
    #[error("the tenant {0} was purged")]
    Purged(TenantId),
    /// Its role or schema is not as it should be, and core cannot, or may not, mend it.
    #[error("{}", .0.message)]
    Refused(Box<Refusal>),
    /// Somebody else works on it.
    #[error("the tenant {id} is being worked on by {holder}")]
    Busy {
        /// The tenant.
        id: TenantId,
        /// Who holds its lock; of a job also which, and since when.
        holder: String,
        /// That job's number.
        job: Option<i64>,
    },
    /// The connection that held its lock is gone, so that somebody else may be at work on it.
    #[error("the lock of the tenant {id} was lost: {why}")]
    LostLock {
        /// The tenant.
        id: TenantId,
        /// What became of the connection.
        why: String,
    },
    /// Somebody else works on the job.
    #[error("the job {job} is being worked on by {holder}")]
    JobHeld {
        /// The job.
        job: i64,
        /// Who holds its lock.
        holder: String,
    },
    /// There is no job of this number.
    #[error("there is no job {0}")]
    NoJob(i64),
    /// It has come to its end, so that there is nothing to stop.
    #[error("the job {0} has ended, and cannot be stopped any more")]
    JobEnded(i64),
    /// It is refused from now on, but what was open of it does not end.
    #[error("transactions of the tenant {id} do not end: {who}")]
    Open {
        /// The tenant.
        id: TenantId,
        /// Their sessions.
        who: String,
    },
    /// It is refused from now on, and somebody may be it all the same, by what only an administrator can take back.
    #[error("the tenant {id} is disabled, and still open: {}", open(findings, besides.as_deref()))]
    LeftOpen {
        /// The tenant.
        id: TenantId,
        /// What was done.
        changes: Vec<String>,
        /// What is open, each with the statement that closes it.
        findings: Vec<Finding>,
        /// What failed besides.
        besides: Option<String>,
    },
    /// It was to be enabled, and could be neither brought up to date nor refused again.
    #[error("{why}; and the tenant {id} could not be disabled again: {besides}")]
    Reopened {
        /// The tenant.
        id: TenantId,
        /// Why it is not enabled.
        why: Box<TenantError>,
        /// Why it is not disabled.
        besides: String,
    },
    /// While this waited for its turn, somebody asked for something else.
    #[error("a later job for the tenant {0} took this one's place")]
    Superseded(TenantId),
    /// Somebody had enough of the job before its turn came.
    #[error("the job was stopped before all was done for the tenant {0}")]
    Stopped(TenantId),
    /// Somebody had enough of going on with a job before its turn came: it waits.
    #[error("the command was told to stop before the tenant {id} had its turn, and the job {job} waits")]
    Waits {
        /// The tenant.
        id: TenantId,
        /// The job.
        job: i64,
    },
    /// Somebody had enough before this job of several had its turn: it is left as it is.
    #[error("the job {0} was not gone on with: the command was told to stop")]
    NotGoneOnWith(i64),
    /// Its roles could not be looked at, or changed.
    #[error(transparent)]
    Roles(#[from] ProvisionError),
    /// What is pending in its schema cannot be asked for; nothing was run.
    #[error("what is to be run in the tenant cannot be told: {}", plain(.0))]
    Pending(DbErr),
    /// One of the module's migrations failed in its schema; nothing of it was kept.
    #[error("a migration failed and was rolled back: {}", plain(.0))]
    Migration(DbErr),
    /// One waited for a lock for as long as it may; nothing of it was kept.
    #[error("a migration failed and was rolled back: {why}; what the tenant has is locked by {holder}")]
    MigrationLocked {
        /// What the server said.
        why: String,
        /// Who holds locks on what the tenant has.
        holder: String,
    },
    /// A migration committed by itself, and what it did until then is kept.
    #[error("a migration committed by itself, so that what it did is kept, whole or in part: {0}")]
    Committed(String),
    /// A migration failed, and whether something of it was committed cannot be asked.
    #[error("a migration failed, and nobody can say whether it had committed something by itself: {0}")]
    Uncertain(String),
    /// The files of migrations cannot be read.
    #[error("the migrations in {} cannot be read: {cause}", path.display())]
    Folder {
        /// The folder, or the file.
        path: std::path::PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A file that was applied says something else now.
    #[error("the migration {0} was changed after it was applied")]
    Edited(String),
    /// A file that was applied is not there.
    #[error("the migration {0} was applied, and is not among the files: this may be an older build")]
    MissingFile(String),
    /// The module's program could not be started, or failed.
    #[error("`tenancy.migrate.command` {0}")]
    Command(String),
    /// The module's login role could not be logged in as.
    #[error("the login as {role} failed: {message}")]
    Login {
        /// The login role.
        role: String,
        /// What the server said.
        message: String,
        /// SQLSTATE; empty where there was no answer.
        code: String,
    },
    /// The secret behind the passwords cannot be read.
    #[error("{0}")]
    Secret(#[from] rolewright_secrets::SecretError),
    /// Objects stay in its schema, because others depend on them or somebody makes new ones.
    #[error("the schema of the tenant {0} does not become empty")]
    NotEmpty(TenantId),
    /// Its role owns or holds something that core may not take from it: in another database, or given by somebody else.
    #[error("the role {role} of the tenant {id} still owns or holds something that is not in its schema")]
    Holds {
        /// The tenant.
        id: TenantId,
        /// Its role.
        role: String,
        /// The statements an administrator runs.
        fix: Vec<String>,
    },
    /// Others' objects hang on what it has, and would be dropped with it.
    #[error("others' objects need what the tenant {id} has: {}", objects.join("; "))]
    Needed {
        /// The tenant.
        id: TenantId,
        /// What hangs on it, in the server's words.
        objects: Vec<String>,
    },
    /// Somebody holds locks on what it has.
    #[error("what the tenant {id} has is locked by {holder}")]
    Locked {
        /// The tenant.
        id: TenantId,
        /// Who.
        holder: String,
    },
    /// The role that reads the texts of reports is missing.
    #[error("the checker of reports, the role {0}, does not exist")]
    NoChecker(String),
    /// The tables of tenants are missing, or a later migration has not run.
    #[error("the tables of tenants are missing, or those of an older build")]
    NotMigrated,
    /// The server is a standby.
    #[error("the server is in recovery and takes no changes")]
    Standby,
    /// A setting, or the server's being a standby, lets nothing be changed.
    #[error("{label} failed: {message}")]
    ReadOnly {
        /// What was being done.
        label: &'static str,
        /// What the server said.
        message: String,
    },
    /// Core may have fewer connections than any job takes.
    #[error(
        "{user} may have {limit} connections at once (its CONNECTION LIMIT), and a job of tenants takes at least {LEAST}"
    )]
    Few {
        /// Core.
        user: String,
        /// Its limit.
        limit: u32,
    },
    /// The database may have fewer connections than a job takes with the module's login.
    #[error(
        "the database {database} may have {limit} connections at once (its CONNECTION LIMIT), and a job of tenants takes at least {}",
        LEAST + 1
    )]
    FewInAll {
        /// The database.
        database: String,
        /// Its limit.
        limit: u32,
    },
    /// No connection was to be had, as the server is not there, or takes none.
    #[error("{label} failed: {why}")]
    Unreached {
        /// What was being done.
        label: String,
        /// Why.
        why: Box<ConnectError>,
    },
    /// No further connection of core's was to be had.
    #[error("{label} failed: all connections that core may have are taken ({message})")]
    Crowded {
        /// What was being done.
        label: &'static str,
        /// What the server said, or that the pool had none free in time.
        message: String,
    },
    /// The server's memory for locks is taken up.
    #[error("{label} failed: the server has no room for more locks ({message})")]
    NoLocks {
        /// What was being done.
        label: &'static str,
        /// What the server said.
        message: String,
    },
    /// A right or a membership is missing.
    #[error("{label} failed: {message}")]
    Denied {
        /// What was being done.
        label: &'static str,
        /// What the server said.
        message: String,
    },
    /// The database refused or failed.
    #[error("{label} failed: {message}")]
    Database {
        /// What was being done.
        label: &'static str,
        /// What the server or the driver said.
        message: String,
        /// Whether the connection was lost.
        lost: bool,
    },
}

fn open(findings: &[Finding], besides: Option<&str>) -> String {
    let all = findings.iter().map(|one| one.message.as_str()).chain(besides);
    all.collect::<Vec<_>>().join("; ")
}
