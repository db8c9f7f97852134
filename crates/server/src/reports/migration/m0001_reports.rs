//! Makes `report`, `report_version` and `report_publication`: stored reports, what they said, and what ran when.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm::ConnectionTrait,
};

/// The migration. It cannot be undone: the reports are nowhere else.
pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "rolewright_reports_0001_reports"
    }
}

#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait, through async_trait, is declared with the lifetime elided"
)]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), sea_orm_migration::DbErr> {
        manager.get_connection().execute_unprepared(include_str!("m0001_reports.sql")).await?;
        Ok(())
    }
}
