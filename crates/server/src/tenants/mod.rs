//! The life of tenants: added, upgraded, disabled, enabled, purged; each a job that is kept, and gone on with after a kill.
//!
//! [`Rolewright::tenants`](crate::Rolewright::tenants) gives the operations, the same that `rolewright tenant …` has. Every step can
//! be done again: a tenant's role, schema and row change in one transaction, its migrations in another, and what a purge has dropped
//! is gone. One process at a time works on a tenant; the next waits, and is told who it waited for.

mod acting;
mod add;
mod advice;
mod as_it_began;
mod asked;
mod begin;
mod claim;
mod directory;
mod end_reports;
mod error;
mod extent;
mod folder;
mod gifts;
mod ground;
mod halt;
mod item;
mod job;
mod list;
mod lock;
mod login;
mod membership;
mod migration;
mod patience;
mod pending;
mod preview;
mod program;
mod purge;
mod reporting;
mod results;
mod room;
mod run;
mod said;
mod still;
mod stranded;
mod switch;
mod tidy;
mod upgrade;

pub use crate::stop::Stop;
pub(crate) use advice::Served;
pub use asked::{Ask, Asked};
pub use error::TenantError;
pub use folder::Folder;
pub(crate) use gifts::Givers;
pub(crate) use ground::Ground;
pub use halt::Halted;
pub use item::{Item, JobReport, Kind};
pub use job::JobSummary;
pub use list::Tenant;
pub(crate) use migration::migrations;
pub use results::JobItem;

use rolewright_core::tenant::{Module, TenantId};

use crate::HostMigrations;

/// How many tenants are made in one transaction.
const BATCH: usize = 50;

/// The tenants of an application's module.
#[derive(Clone, Copy)]
pub struct Tenants<'a> {
    ground: &'a Ground,
    migrations: Option<&'a dyn HostMigrations>,
    progress: Option<&'a (dyn Fn(&Item) + Send + Sync)>,
    waiting: Option<&'a (dyn Fn(&TenantError) + Send + Sync)>,
    stop: Option<&'a Stop>,
}

impl<'a> Tenants<'a> {
    pub(crate) fn new(ground: &'a Ground) -> Self {
        Self { ground, migrations: None, progress: None, waiting: None, stop: None }
    }

    /// The module's own migrations of one tenant, in place of those that `tenancy.migrate` names. They run as the tenant, in a
    /// transaction whose `search_path` is its schema.
    #[must_use]
    pub fn migrations(self, migrations: &'a dyn HostMigrations) -> Self {
        Self { migrations: Some(migrations), ..self }
    }

    /// Is told of every tenant that is finished.
    #[must_use]
    pub fn progress(self, progress: &'a (dyn Fn(&Item) + Send + Sync)) -> Self {
        Self { progress: Some(progress), ..self }
    }

    /// Is told, once, of every tenant that is waited for because somebody else is at work on it ([`TenantError::Busy`]).
    #[must_use]
    pub fn waiting(self, waiting: &'a (dyn Fn(&TenantError) + Send + Sync)) -> Self {
        Self { waiting: Some(waiting), ..self }
    }

    /// Begins nothing more once that is asked for: what is at work comes to its end, and the rest of the job is kept and told as stopped. Of
    /// jobs that are [gone on with](Self::resume) it waits for the next one to do so.
    #[must_use]
    pub fn until(self, stop: &'a Stop) -> Self {
        Self { stop: Some(stop), ..self }
    }

    /// The module whose tenants they are.
    #[must_use]
    pub fn module(&self) -> &'a Module {
        &self.ground.tenancy.module
    }

    /// Makes tenants, each with a role and a schema, and runs the module's migrations in them. What is there already is mended. With
    /// `adopt`, roles that an administrator made are taken over.
    ///
    /// # Errors
    /// When nothing could be begun. What stands in one tenant's way is told in its [`Item`], and stops no other.
    pub async fn add(&self, ids: &[TenantId], adopt: bool) -> Result<JobReport, TenantError> {
        self.ground.told(self.begin(Kind::Add, ids, adopt).await).await
    }

    /// Runs the module's migrations in these tenants; in all that are active or half made where none is named.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub async fn upgrade(&self, ids: &[TenantId]) -> Result<JobReport, TenantError> {
        let upgrade = async {
            let all = if ids.is_empty() { self.ground.upgradable().await? } else { ids.to_vec() };
            self.begin(Kind::Upgrade, &all, false).await
        };
        self.ground.told(upgrade.await).await
    }

    /// Refuses these tenants from now on; what they have stays.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub async fn disable(&self, ids: &[TenantId]) -> Result<JobReport, TenantError> {
        self.ground.told(self.begin(Kind::Disable, ids, false).await).await
    }

    /// Serves these tenants again.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub async fn enable(&self, ids: &[TenantId]) -> Result<JobReport, TenantError> {
        self.ground.told(self.begin(Kind::Enable, ids, false).await).await
    }

    /// Drops everything of these tenants, in batches, and their roles last. There is no way back.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub async fn purge(&self, ids: &[TenantId]) -> Result<JobReport, TenantError> {
        self.ground.told(self.begin(Kind::Purge, ids, false).await).await
    }

    /// Goes on with the jobs that did not finish, because their process was killed or its database went away. One that a process is
    /// still at work on is left to it, and told as [`JobReport::held_by`]; one that cannot be gone on with keeps no other from it. Tenants
    /// that a killed enable has left open, and that no job will go on with, are refused again.
    ///
    /// # Errors
    /// When the database is gone.
    pub async fn resume(&self) -> Result<Vec<JobReport>, TenantError> {
        let resume = async {
            let mut reports = self.go_on_with(self.ground.unfinished(None).await?).await?;
            reports.extend(self.close_stranded().await?);
            Ok(reports)
        };
        self.ground.told(resume.await).await
    }

    /// Every tenant, by id; purged ones only where asked for.
    ///
    /// # Errors
    /// What the database said.
    pub async fn list(&self, purged: bool) -> Result<Vec<Tenant>, TenantError> {
        let mut all = self.ground.told(self.ground.list(purged).await).await?;
        let mut renamed = self.ground.renamed().await?;
        for tenant in &mut all {
            tenant.findings = renamed.remove(tenant.id.as_str()).unwrap_or_default();
        }
        Ok(all)
    }

    /// One tenant, whatever its state.
    ///
    /// # Errors
    /// [`TenantError::Unknown`] where there never was one of this id.
    pub async fn get(&self, id: &TenantId) -> Result<Tenant, TenantError> {
        let mut tenant = self.ground.told(self.ground.tenant(id).await).await?;
        tenant.findings = self.ground.renamed().await?.remove(id.as_str()).unwrap_or_default();
        Ok(tenant)
    }

    /// The last jobs, newest first.
    ///
    /// # Errors
    /// What the database said.
    pub async fn jobs(&self, limit: u32) -> Result<Vec<JobSummary>, TenantError> {
        self.ground.told(self.ground.jobs(limit).await).await
    }
}

impl std::fmt::Debug for Tenants<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tenants").finish_non_exhaustive()
    }
}
