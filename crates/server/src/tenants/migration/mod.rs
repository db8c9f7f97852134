//! The tables of tenants' jobs, as migrations for Rolewright's migrator.

use sea_orm_migration::MigrationTrait;

mod m0001_tenant_jobs;
mod m0002_tenant_request;
mod m0003_one_job;
mod m0004_job_stopped;

/// The migrations, in order. The schema `rolewright` and the table `tenant` must exist when they run.
pub(crate) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m0001_tenant_jobs::Migration),
        Box::new(m0002_tenant_request::Migration),
        Box::new(m0003_one_job::Migration),
        Box::new(m0004_job_stopped::Migration),
    ]
}
