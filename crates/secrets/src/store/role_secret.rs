//! The secret that the managed roles' passwords are derived from: for the provision stage, which hands it on by value.

use std::time::Duration;

use async_trait::async_trait;
use rolewright_core::{
    RoleSecret,
    secret::{KeepRoleSecret, Kept, Unkept},
};
use sea_orm::{ConnectionTrait, DbErr, RuntimeErr};
use sqlx::{AssertSqlSafe, PgConnection, Row, postgres::PgRow};
use zeroize::Zeroizing;

use super::{SecretStore, row};
use crate::{
    DatabaseError, SecretError, SecretValue,
    sealed::{self, Form, SealError},
    sql::{SECRETS, exists},
};

/// What is stored as the secret of the roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleSecretState {
    /// Nothing: the next start makes one.
    Missing,
    /// The secret.
    Readable,
    /// Something that does not open, or that Rolewright did not seal: [`SecretError::Unreadable`] or
    /// [`SecretError::ForeignRoleSecret`], whose hint says what to do. Only in this state may it be deleted.
    Unreadable(SecretError),
}

impl SecretStore {
    /// Reads the secret of the roles; `None` where there is none yet. It is not made here, so that a look changes nothing.
    ///
    /// # Errors
    /// As [`role_secret`](Self::role_secret).
    pub async fn existing_role_secret<C: ConnectionTrait>(
        &self,
        c: &C,
    ) -> Result<Option<RoleSecret>, SecretError> {
        match row::fetch(c, RoleSecret::KEY).await? {
            Some(_) => self.role_secret(c).await.map(Some),
            None => Ok(None),
        }
    }

    /// Whether the secret of the roles can be had, without making it or changing anything: for `doctor`, and for whoever
    /// must know before it is deleted.
    ///
    /// # Errors
    /// When the database fails; a secret that does not open is an answer, not an error.
    pub async fn role_secret_state<C: ConnectionTrait>(&self, c: &C) -> Result<RoleSecretState, SecretError> {
        if !exists(c, SECRETS).await? {
            return Ok(RoleSecretState::Missing);
        }
        Ok(match row::fetch(c, RoleSecret::KEY).await? {
            None => RoleSecretState::Missing,
            Some(row) => match self.read_role_secret(&row.value.0) {
                Ok(_) => RoleSecretState::Readable,
                Err(error) => RoleSecretState::Unreadable(error),
            },
        })
    }

    /// Opens a stored text as the secret of the roles.
    pub(super) fn read_role_secret(&self, stored: &str) -> Result<RoleSecret, SecretError> {
        if let Ok(Form::Older { .. } | Form::Plain) = sealed::form(stored) {
            return Err(SecretError::ForeignRoleSecret);
        }
        let value = self.open(RoleSecret::KEY, stored)?.value;
        let bytes = value.expose().try_into().map_err(|_| SecretError::ForeignRoleSecret)?;
        Ok(RoleSecret::new(bytes))
    }

    /// Reads the secret of the roles, or makes it: every process of an installation gets the same.
    ///
    /// It is taken only in the current sealed form. Rolewright never stored it in another, and whoever could slip in a
    /// plain one would know every role's password.
    ///
    /// # Errors
    /// When it does not open, or was not sealed by Rolewright. No new one is made then: every role's password hangs on it.
    pub async fn role_secret<C: ConnectionTrait>(&self, c: &C) -> Result<RoleSecret, SecretError> {
        let name = RoleSecret::KEY;
        if let Some(row) = row::fetch(c, name).await?
            && let Ok(Form::Older { .. } | Form::Plain) = sealed::form(&row.value.0)
        {
            return Err(SecretError::ForeignRoleSecret);
        }
        let mut fresh = Zeroizing::new([0; 32]);
        getrandom::fill(fresh.as_mut_slice())
            .map_err(|_| SecretError::Seal { name: name.to_owned(), why: SealError::Random })?;
        let value = self.set_if_absent(c, name, &SecretValue::new(fresh.to_vec())).await?;
        let bytes = value.expose().try_into().map_err(|_| SecretError::ForeignRoleSecret)?;
        Ok(RoleSecret::new(bytes))
    }
}

#[async_trait]
impl KeepRoleSecret for SecretStore {
    async fn current(&self, c: &mut PgConnection) -> Result<Kept, Unkept> {
        let found = fetch(c).await?;
        let (stored, age) = match found {
            Some(found) => found,
            None => {
                // Another process may be making it too: the first one's stays, and is the one that is read then.
                let (_, sealed) = self.fresh()?;
                let sql = "/* rolewright: role secret create */ INSERT INTO rolewright.local_system_secrets (key, value) \
                           VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
                run(c, sql, &sealed).await?;
                fetch(c).await?.ok_or_else(|| SecretError::Contended { name: RoleSecret::KEY.to_owned() })?
            }
        };
        Ok(Kept { secret: self.read_role_secret(&stored)?, age })
    }

    async fn replace(&self, c: &mut PgConnection) -> Result<Kept, Unkept> {
        let (secret, sealed) = self.fresh()?;
        let sql = "/* rolewright: role secret replace */ INSERT INTO rolewright.local_system_secrets (key, value) \
                   VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value, \
                   updated_at = pg_catalog.clock_timestamp()";
        run(c, sql, &sealed).await?;
        Ok(Kept { secret, age: Duration::ZERO })
    }
}

impl SecretStore {
    /// A new secret, and its sealed form.
    fn fresh(&self) -> Result<(RoleSecret, String), SecretError> {
        let name = RoleSecret::KEY;
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice())
            .map_err(|_| SecretError::Seal { name: name.to_owned(), why: SealError::Random })?;
        let sealed = self.seal(name, &SecretValue::new(bytes.to_vec()))?;
        Ok((RoleSecret::new(*bytes), sealed))
    }
}

/// One round trip: the key is our own constant, so nothing has to be bound, and nothing prepared.
async fn fetch(c: &mut PgConnection) -> Result<Option<(String, Duration)>, DatabaseError> {
    let sql = format!(
        "/* rolewright: role secret read */ SELECT value, \
         greatest(0, extract(epoch FROM pg_catalog.clock_timestamp() - updated_at))::float8 \
         FROM rolewright.local_system_secrets WHERE key = '{}'",
        RoleSecret::KEY
    );
    let row = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_optional(c).await.map_err(failed)?;
    let read = |row: PgRow| Ok((row.try_get(0)?, Duration::from_secs_f64(row.try_get(1)?)));
    row.map(read).transpose().map_err(failed)
}

async fn run(c: &mut PgConnection, sql: &'static str, sealed: &str) -> Result<(), DatabaseError> {
    sqlx::query(sql).bind(RoleSecret::KEY).bind(sealed).execute(c).await.map(|_| ()).map_err(failed)
}

fn failed(error: sqlx::Error) -> DatabaseError {
    DatabaseError::new("keep the secret of the roles", &DbErr::Query(RuntimeErr::SqlxError(error.into())))
}

impl From<SecretError> for Unkept {
    fn from(error: SecretError) -> Self {
        Box::new(error)
    }
}

impl From<DatabaseError> for Unkept {
    fn from(error: DatabaseError) -> Self {
        Box::new(error)
    }
}
