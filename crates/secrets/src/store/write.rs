//! Setting and deleting secrets: for whoever owns one.

use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{SecretStore, row};
use crate::{
    SecretError, SecretValue, name,
    sql::{execute, one, statement},
};

/// How often `set_if_absent` looks again when the winner's row is deleted under it.
const ROUNDS: usize = 16;

#[derive(FromQueryResult)]
struct Inserted {
    #[expect(dead_code, reason = "that there is a row is the answer")]
    inserted: bool,
}

impl SecretStore {
    /// Sets a secret, whether or not there is one, in one statement. An unreadable value is replaced like any other.
    ///
    /// # Errors
    /// When the name is refused or the database fails.
    pub async fn set<C: ConnectionTrait>(
        &self,
        c: &C,
        name: &str,
        value: &SecretValue,
    ) -> Result<(), SecretError> {
        let sealed = self.seal(name, value)?;
        let sql = "/* rolewright: secret set */ INSERT INTO rolewright.local_system_secrets AS s (key, value) \
                   VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value, \
                   updated_at = pg_catalog.clock_timestamp()";
        execute(c, "set a secret", statement(sql, [name.into(), sealed.into()])).await?;
        Ok(())
    }

    /// Sets a secret only if there is none, and returns the one that is there afterwards: all that call it at once, in
    /// whatever process, get the same. A caller inside a transaction makes the others wait until it ends.
    ///
    /// # Errors
    /// When what is there does not open; and, in a REPEATABLE READ or SERIALIZABLE transaction, SQLSTATE 40001 when
    /// somebody set it since the transaction's first statement.
    pub async fn set_if_absent<C: ConnectionTrait>(
        &self,
        c: &C,
        name: &str,
        value: &SecretValue,
    ) -> Result<SecretValue, SecretError> {
        let sealed = self.seal(name, value)?;
        let sql = "/* rolewright: secret set if absent */ INSERT INTO rolewright.local_system_secrets (key, value) \
                   VALUES ($1, $2) ON CONFLICT (key) DO NOTHING RETURNING true AS inserted";
        for _ in 0..ROUNDS {
            if let Some(row) = row::fetch(c, name).await? {
                return Ok(self.open_row(c, &row).await?.value);
            }
            let insert = statement(sql, [name.into(), sealed.as_str().into()]);
            let inserted: Option<Inserted> = one(c, "set a secret", insert).await?;
            if inserted.is_some() {
                return Ok(value.clone());
            }
        }
        Err(SecretError::Contended { name: name.to_owned() })
    }

    /// Deletes a secret, readable or not, and returns whether there was one.
    ///
    /// # Errors
    /// When the name is refused or the database fails.
    pub async fn delete<C: ConnectionTrait>(&self, c: &C, name: &str) -> Result<bool, SecretError> {
        name::check(name)?;
        let sql =
            "/* rolewright: secret delete */ DELETE FROM rolewright.local_system_secrets WHERE key = $1";
        Ok(execute(c, "delete a secret", statement(sql, [name.into()])).await? > 0)
    }
}
