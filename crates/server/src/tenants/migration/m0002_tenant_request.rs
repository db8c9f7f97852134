//! Makes `tenant_request`: what the tenant interface was asked, under the number that its caller was given.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm::ConnectionTrait,
};

/// The migration.
pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "rolewright_tenants_0002_request"
    }
}

#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait, through async_trait, is declared with the lifetime elided"
)]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), sea_orm_migration::DbErr> {
        manager.get_connection().execute_unprepared(include_str!("m0002_tenant_request.sql")).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), sea_orm_migration::DbErr> {
        let sql = "DROP TABLE rolewright.tenant_request";
        manager.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }
}
