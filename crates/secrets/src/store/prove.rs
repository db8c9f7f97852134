//! Proves that a key ring opens what is stored, before anything is changed: for the start.

use sea_orm::{ConnectionTrait, FromQueryResult};

use super::SecretStore;
use crate::{
    SecretError, Unreadable,
    entity::StoredText,
    sealed::{self, Form},
    sql::{SECRETS, all, exists, statement},
};

/// Rows read at a time, so that memory does not grow with the table.
const PAGE: u64 = 500;

/// What the ring was tried on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// There is no table yet, or nothing in it: any ring will do.
    Nothing,
    /// Every value opens.
    Opens {
        /// How many values there are.
        values: u64,
        /// How many of them are in an older form.
        legacy: u64,
        /// How many are sealed under another key than the first.
        stale: u64,
    },
}

#[derive(FromQueryResult)]
struct Stored {
    key: String,
    value: StoredText,
}

impl SecretStore {
    /// Opens every stored value, and changes nothing: not even a value in an older form is sealed anew.
    ///
    /// # Errors
    /// [`SecretError::WrongRing`] when one does not open: it says how many, and names one, preferring one that misses a
    /// key over one that is damaged.
    pub async fn prove<C: ConnectionTrait>(&self, c: &C) -> Result<Proof, SecretError> {
        if !exists(c, SECRETS).await? {
            return Ok(Proof::Nothing);
        }
        let (mut values, mut legacy, mut stale, mut unreadable) = (0, 0, 0, 0);
        let mut worst: Option<(String, Unreadable)> = None;
        let mut after = String::new();
        loop {
            let page = self.page(c, &after).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.key);
            for Stored { key, value } in page {
                values += 1;
                match sealed::open_any(&self.ring, self.installation, &key, &value.0) {
                    Ok(opened) if opened.legacy => legacy += 1,
                    Ok(_) => stale += u64::from(!self.is_current(&value.0)),
                    Err(why) => {
                        unreadable += 1;
                        if worst.as_ref().is_none_or(|(_, worst)| rank(&why) > rank(worst)) {
                            worst = Some((key, why));
                        }
                    }
                }
            }
        }
        match worst {
            Some((name, why)) => Err(SecretError::WrongRing { unreadable, total: values, name, why }),
            None if values == 0 => Ok(Proof::Nothing),
            None => Ok(Proof::Opens { values, legacy, stale }),
        }
    }

    /// Whether a text says that it is sealed under the first key.
    fn is_current(&self, stored: &str) -> bool {
        matches!(sealed::form(stored), Ok(Form::Sealed { key, .. }) if key == self.ring.first_id())
    }

    async fn page<C: ConnectionTrait>(&self, c: &C, after: &str) -> Result<Vec<Stored>, SecretError> {
        let sql = "/* rolewright: secret prove */ SELECT key, value FROM rolewright.local_system_secrets \
                   WHERE key > $1 ORDER BY key LIMIT $2";
        Ok(all(c, "read the secrets", statement(sql, [after.into(), PAGE.into()])).await?)
    }
}

/// Which reason helps most to hear: a missing key explains many rows, damage only its own.
fn rank(why: &Unreadable) -> u8 {
    match why {
        Unreadable::WrongKey { .. } => 3,
        Unreadable::Older { .. } => 2,
        Unreadable::UnknownVersion { .. } => 1,
        Unreadable::Damaged => 0,
    }
}
