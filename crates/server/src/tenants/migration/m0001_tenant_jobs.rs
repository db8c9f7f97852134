//! Makes `tenant_job` and `tenant_job_item`: what was asked for tenants, and how far each has come.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm::ConnectionTrait,
};

/// The migration.
pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "rolewright_tenants_0001_jobs"
    }
}

#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait, through async_trait, is declared with the lifetime elided"
)]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), sea_orm_migration::DbErr> {
        manager.get_connection().execute_unprepared(include_str!("m0001_tenant_jobs.sql")).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), sea_orm_migration::DbErr> {
        let sql = "DROP TABLE rolewright.tenant_job_item, rolewright.tenant_job";
        manager.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }
}
