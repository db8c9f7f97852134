//! Makes `held_role` and `accepted_relation`: which relations were accepted for roles whose new tables wait.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm::ConnectionTrait,
};

/// The migration.
pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "rolewright_roles_0002_accepted_relations"
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
            .execute_unprepared(include_str!("../sql/create_accepted_relations.sql"))
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), sea_orm_migration::DbErr> {
        manager
            .get_connection()
            .execute_unprepared("DROP TABLE rolewright.accepted_relation, rolewright.held_role")
            .await?;
        Ok(())
    }
}
