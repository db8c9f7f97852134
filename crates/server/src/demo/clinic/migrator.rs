//! The clinic's sea-orm migrator, for the migrate stage: plain SQL files, in order.

use sea_orm_migration::{
    DbErr, MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait::async_trait,
    sea_orm::ConnectionTrait,
};

/// The host's migrator of the demo: types, tables, keys, the schema `reporting`.
///
/// It creates schemas and tables as whoever runs it, which needs CREATE on the database and on `public`, and refuses to go
/// down: the demo's database is thrown away as a whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClinicMigrator;

#[async_trait]
impl MigratorTrait for ClinicMigrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        FILES.into_iter().map(|file| Box::new(file) as Box<dyn MigrationTrait>).collect()
    }
}

const FILES: [SqlFile; 6] = [
    SqlFile { name: "clinic_0001_people", sql: include_str!("sql/create_people.sql") },
    SqlFile { name: "clinic_0002_care", sql: include_str!("sql/create_care.sql") },
    SqlFile { name: "clinic_0003_office", sql: include_str!("sql/create_office.sql") },
    SqlFile { name: "clinic_0004_keys", sql: include_str!("sql/create_keys.sql") },
    SqlFile { name: "clinic_0005_reporting", sql: include_str!("sql/create_reporting.sql") },
    SqlFile { name: "clinic_0006_seed", sql: include_str!("sql/create_seed.sql") },
];

/// One migration: a file of SQL under a name that never changes.
#[derive(Clone, Copy, Debug)]
struct SqlFile {
    name: &'static str,
    sql: &'static str,
}

impl MigrationName for SqlFile {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait]
#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait hides this lifetime, and an implementation must hide it too"
)]
impl MigrationTrait for SqlFile {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.sql).await?;
        Ok(())
    }
}
