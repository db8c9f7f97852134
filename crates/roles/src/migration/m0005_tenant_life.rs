//! Adds `tenant.life`: what was given out for a tenant that was purged opens nothing of the next one of its id.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm::ConnectionTrait,
};

/// The migration. It cannot be undone: the passwords of living tenants derive from what it keeps.
pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "rolewright_roles_0005_tenant_life"
    }
}

#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait, through async_trait, is declared with the lifetime elided"
)]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), sea_orm_migration::DbErr> {
        manager.get_connection().execute_unprepared(include_str!("m0005_tenant_life.sql")).await?;
        Ok(())
    }
}
