//! Rolewright's own migrations, gathered from the crates that own the tables.

use sea_orm::{DynIden, sea_query::Alias, sea_query::IntoIden};
use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// The schema of everything Rolewright keeps in the database.
pub(crate) const SCHEMA: &str = "rolewright";

/// The migrator of that schema. It is run with `search_path` set to [`SCHEMA`], so that its bookkeeping never mixes with
/// the host's.
#[derive(Debug)]
pub(crate) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        rolewright_secrets::migrations()
            .into_iter()
            .chain(rolewright_roles::migrations())
            .chain(crate::reports::migrations())
            .chain(crate::tenants::migrations())
            .collect()
    }

    fn migration_table_name() -> DynIden {
        Alias::new("migrations").into_iden()
    }
}
