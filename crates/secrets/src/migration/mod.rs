//! The migrations of this crate's tables, for the server's migrator, which makes the schema `rolewright` before them.

mod m20261122_000001_installation;
mod m20261122_000002_local_system_secrets;
mod m20261130_000003_installation_previous;

use sea_orm_migration::MigrationTrait;

/// The migrations, in their order. None can be undone: what is sealed in the tables is nowhere else.
///
/// The schema `rolewright` must exist: `CREATE SCHEMA IF NOT EXISTS` needs CREATE on the database even where the schema
/// is there already, so making it is left to whoever knows whether it is.
#[must_use]
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m20261122_000001_installation::Migration),
        Box::new(m20261122_000002_local_system_secrets::Migration),
        Box::new(m20261130_000003_installation_previous::Migration),
    ]
}
