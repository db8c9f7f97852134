//! The tables this crate needs, as migrations for the server's migrator.

use sea_orm_migration::MigrationTrait;

mod m0001_provision_tables;
mod m0002_accepted_relations;
mod m0003_tenants;
mod m0004_consent;
mod m0005_tenant_life;

/// The migrations of this crate, in order. The schema `rolewright` must exist when they run.
#[must_use]
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m0001_provision_tables::Migration),
        Box::new(m0002_accepted_relations::Migration),
        Box::new(m0003_tenants::Migration),
        Box::new(m0004_consent::Migration),
        Box::new(m0005_tenant_life::Migration),
    ]
}
