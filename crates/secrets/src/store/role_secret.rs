//! The secret that the managed roles' passwords are derived from: for the provision stage, which hands it on by value.

use rolewright_core::RoleSecret;
use sea_orm::ConnectionTrait;
use zeroize::Zeroizing;

use super::{SecretStore, row};
use crate::{
    SecretError, SecretValue,
    sealed::{self, Form, SealError},
};

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

    /// Puts a new random secret in the place of the old one; every role's password has to follow.
    ///
    /// # Errors
    /// When the operating system has no randomness, or the database fails.
    pub async fn replace_role_secret<C: ConnectionTrait>(&self, c: &C) -> Result<RoleSecret, SecretError> {
        let name = RoleSecret::KEY;
        let mut fresh = Zeroizing::new([0; 32]);
        getrandom::fill(fresh.as_mut_slice())
            .map_err(|_| SecretError::Seal { name: name.to_owned(), why: SealError::Random })?;
        self.set(c, name, &SecretValue::new(fresh.to_vec())).await?;
        Ok(RoleSecret::new(*fresh))
    }
}
