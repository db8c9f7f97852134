//! The tables of stored reports, as migrations for Rolewright's migrator.

use sea_orm_migration::MigrationTrait;

mod m0001_reports;

/// The migrations, in order. The schema `rolewright` must exist when they run.
pub(crate) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(m0001_reports::Migration)]
}
