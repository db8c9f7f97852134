//! What can be told about stored secrets without opening one: for `secret list`.

use sea_orm::ConnectionTrait;
use time::OffsetDateTime;

use super::SecretStore;
use crate::{
    KeyId, SecretError,
    entity::Model,
    sealed::{self, Form},
    sql::{all, statement},
};

/// One secret, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretInfo {
    /// Its name.
    pub name: String,
    /// When it was first set.
    pub created_at: OffsetDateTime,
    /// When it was last set; sealing it anew under another key does not change it.
    pub updated_at: OffsetDateTime,
    /// The key it is sealed under; `None` for the older forms, which name none, and for what is not recognised.
    pub key: Option<KeyId>,
    /// Whether it is in an older form: plain text, or sealed without being bound to its name.
    pub legacy: bool,
}

impl SecretStore {
    /// All secrets by name, without opening them: unreadable ones are listed too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list<C: ConnectionTrait>(&self, c: &C) -> Result<Vec<SecretInfo>, SecretError> {
        let sql = "/* rolewright: secret list */ SELECT key, value, created_at, updated_at \
                   FROM rolewright.local_system_secrets ORDER BY key";
        let rows: Vec<Model> = all(c, "list the secrets", statement(sql, [])).await?;
        Ok(rows.into_iter().map(info).collect())
    }
}

fn info(row: Model) -> SecretInfo {
    let (key, legacy) = match sealed::form(&row.value.0) {
        Ok(Form::Sealed { key, .. }) => (Some(key), false),
        Ok(Form::Older { .. } | Form::Plain) => (None, true),
        Err(_) => (None, false),
    };
    SecretInfo { name: row.key, created_at: row.created_at, updated_at: row.updated_at, key, legacy }
}
