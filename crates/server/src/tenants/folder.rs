//! A folder of `.sql` files as migrations: run in the order of their names, each once, and never edited afterwards.

use std::{collections::BTreeMap, fs, path::PathBuf};

use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};

use super::{TenantError, upgrade::acting_as};
use crate::HostMigrations;

/// The files of a folder, read. What was run in a schema is kept there, in `rolewright_migrations`.
#[derive(Clone, Debug)]
pub struct Folder {
    files: BTreeMap<String, String>,
}

impl Folder {
    /// Reads the folder's `.sql` files.
    ///
    /// # Errors
    /// Which file or folder cannot be read.
    pub fn read(path: PathBuf) -> Result<Self, TenantError> {
        let failed = |path: &PathBuf| {
            let path = path.clone();
            move |cause| TenantError::Folder { path, cause }
        };
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(&path).map_err(failed(&path))? {
            let file = entry.map_err(failed(&path))?.path();
            if file.extension().is_some_and(|extension| extension == "sql")
                && let Some(name) = file.file_name().and_then(|name| name.to_str())
            {
                files.insert(name.to_owned(), fs::read_to_string(&file).map_err(failed(&file))?);
            }
        }
        Ok(Self { files })
    }

    /// What was run in this schema, by name, with the hash that the server made of it.
    async fn applied(&self, transaction: &DatabaseTransaction) -> Result<BTreeMap<String, bool>, DbErr> {
        let backend = transaction.get_database_backend();
        let there = "/* rolewright: tenant migrations */ SELECT 1 AS one FROM pg_catalog.pg_class \
                     WHERE relname = 'rolewright_migrations' AND relnamespace = current_schema()::regnamespace";
        if transaction.query_one_raw(Statement::from_string(backend, there)).await?.is_none() {
            return Ok(BTreeMap::new());
        }
        let (names, texts): (Vec<String>, Vec<String>) = self.files.clone().into_iter().unzip();
        let sql = "/* rolewright: tenant migrations */ SELECT m.name, m.hash = pg_catalog.md5(f.text) AS same FROM rolewright_migrations m \
                   JOIN ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS f (name, text) ON f.name = m.name";
        let statement = Statement::from_sql_and_values(backend, sql, [list(&names), list(&texts)]);
        let rows = transaction.query_all_raw(statement).await?;
        rows.iter().map(|row| Ok((row.try_get("", "name")?, row.try_get("", "same")?))).collect()
    }
}

/// A list of texts as an array's own text, so that no driver needs a type for it.
fn list(texts: &[String]) -> sea_orm::Value {
    let quoted: Vec<String> =
        texts.iter().map(|text| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))).collect();
    format!("{{{}}}", quoted.join(",")).into()
}

#[async_trait]
impl HostMigrations for Folder {
    async fn pending(&self, transaction: &DatabaseTransaction) -> Result<Vec<String>, DbErr> {
        let applied = self.applied(transaction).await?;
        if let Some((name, _)) = applied.iter().find(|(_, same)| !**same) {
            return Err(DbErr::Custom(TenantError::Edited(name.clone()).to_string()));
        }
        Ok(self.files.keys().filter(|name| !applied.contains_key(*name)).cloned().collect())
    }

    async fn up(&self, transaction: &DatabaseTransaction) -> Result<(), DbErr> {
        let make = "/* rolewright: tenant migrations */ CREATE TABLE IF NOT EXISTS rolewright_migrations \
                    (name text PRIMARY KEY, hash text NOT NULL, at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp())";
        transaction.execute_unprepared(make).await?;
        let tenant = acting_as(transaction).await?;
        for name in self.pending(transaction).await? {
            let text = self.files.get(&name).map_or("", String::as_str);
            transaction.execute_unprepared(text).await?;
            let now = acting_as(transaction).await?;
            if now != tenant {
                return Err(DbErr::Custom(format!("{name} ended as {now}, not as the tenant")));
            }
            let note = "/* rolewright: tenant migrations */ INSERT INTO rolewright_migrations (name, hash) VALUES ($1, pg_catalog.md5($2))";
            let values = [name.into(), text.into()];
            transaction
                .execute_raw(Statement::from_sql_and_values(transaction.get_database_backend(), note, values))
                .await?;
        }
        Ok(())
    }

    fn latest(&self) -> Option<String> {
        self.files.keys().next_back().cloned()
    }
}
