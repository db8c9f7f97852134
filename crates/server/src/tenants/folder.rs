//! A folder of `.sql` files as migrations: run in the order of their names, each once, and never edited afterwards.

use std::{collections::BTreeMap, fs, path::PathBuf};

use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};

use super::{TenantError, as_it_began::Began, error::plain, pending::asked};
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
        let Some(notes) = notes(transaction).await? else { return Ok(BTreeMap::new()) };
        let (names, texts): (Vec<String>, Vec<String>) = self.files.clone().into_iter().unzip();
        let sql = format!(
            "/* rolewright: tenant migrations */ SELECT m.name, m.hash OPERATOR(pg_catalog.=) pg_catalog.md5(f.text) AS same FROM {notes} m \
             LEFT JOIN ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS f (name, text) ON f.name OPERATOR(pg_catalog.=) m.name"
        );
        let statement = Statement::from_sql_and_values(backend, sql, [list(&names), list(&texts)]);
        let rows = transaction.query_all_raw(statement).await?;
        rows.iter()
            .map(|row| {
                let name: String = row.try_get("", "name")?;
                let same: Option<bool> = row.try_get("", "same")?;
                // An older build knows less than was run, and must not go on as if it were all.
                let missing = || DbErr::Custom(TenantError::MissingFile(name.clone()).to_string());
                let same = same.ok_or_else(missing)?;
                Ok((name, same))
            })
            .collect()
    }
}

/// The table of notes, if it is there: a table of the tenant's schema, and nothing else of that name.
async fn notes(transaction: &DatabaseTransaction) -> Result<Option<String>, DbErr> {
    let sql = "/* rolewright: tenant migrations */ SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS notes FROM pg_catalog.pg_class c \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               WHERE c.relname = 'rolewright_migrations' AND c.relkind = 'r' AND n.nspname = current_user";
    let statement = Statement::from_string(transaction.get_database_backend(), sql);
    transaction.query_one_raw(statement).await?.map(|row| row.try_get("", "notes")).transpose()
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
        let began = Began::of(transaction).await?;
        let table = began.notes();
        if notes(transaction).await?.is_none() {
            let make = format!(
                "/* rolewright: tenant migrations */ CREATE TABLE {table} (name text PRIMARY KEY, hash text NOT NULL, \
                 at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp())"
            );
            transaction.execute_unprepared(&make).await?;
        }
        for name in asked(transaction, self).await? {
            let text = self.files.get(&name).map_or("", String::as_str);
            let failed = |error: DbErr| DbErr::Custom(format!("{name}: {}", plain(&error)));
            transaction.execute_unprepared(text).await.map_err(failed)?;
            if let Some(how) = began.left(&Began::of(transaction).await.map_err(failed)?) {
                return Err(DbErr::Custom(format!("{name} {how}")));
            }
            let note = format!(
                "/* rolewright: tenant migrations */ INSERT INTO {table} (name, hash) VALUES ($1, pg_catalog.md5($2))"
            );
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
