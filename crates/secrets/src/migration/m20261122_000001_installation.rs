//! Makes the table of the one installation that this database belongs to, for the migrator.

use sea_orm_migration::prelude::*;

#[derive(Debug, DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, so naming it would be another signature")]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(include_str!("../sql/create_installation.sql")).await?;
        Ok(())
    }
}
