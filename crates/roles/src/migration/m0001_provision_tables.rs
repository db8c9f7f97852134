//! Makes `role_fingerprint`, what password each managed role was given last, and `provision_log`, the audit table.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm::ConnectionTrait,
};

/// The migration.
pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "rolewright_roles_0001_provision_tables"
    }
}

#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait, through async_trait, is declared with the lifetime elided"
)]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), sea_orm_migration::DbErr> {
        manager
            .get_connection()
            .execute_unprepared(include_str!("../sql/create_provision_tables.sql"))
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), sea_orm_migration::DbErr> {
        manager
            .get_connection()
            .execute_unprepared("DROP TABLE rolewright.provision_log, rolewright.role_fingerprint")
            .await?;
        Ok(())
    }
}
