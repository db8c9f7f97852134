//! The password that is right now, for a pool whose own was refused: after a rotation by another process, or after
//! somebody changed it by hand.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
};

use futures_util::FutureExt;
use rolewright_core::{Ident, Password};
use rolewright_roles::{Desired, password};
use rolewright_sessions::Renew;
use tracing::warn;

use super::{
    Migrated, Provisioned,
    prove::logs_in,
    provision::{Align, Realigned},
};

pub(super) fn renewal(provisioned: &Provisioned, role: &Ident) -> Renew {
    let (migrated, desired) = (provisioned.migrated.clone(), provisioned.desired.clone());
    let (migrated, desired, role) = (Arc::new(migrated), Arc::new(desired), role.clone());
    let realigned = Arc::clone(&provisioned.realigned);
    Arc::new(move |refused| {
        let (migrated, desired, role) = (Arc::clone(&migrated), Arc::clone(&desired), role.clone());
        let realigned = Arc::clone(&realigned);
        async move { renew(&migrated, &desired, &role, &refused, &realigned).await }.boxed()
    })
}

/// Reads the secret again; where the password it gives is the refused one, the server's is set to it once more, unless
/// another process that was refused too has just done that.
async fn renew(
    migrated: &Migrated,
    desired: &Desired,
    role: &Ident,
    refused: &Password,
    realigned: &Realigned,
) -> Option<Password> {
    let kept = migrated.store.existing_role_secret(migrated.core()).await.ok()??;
    let current = password::derive(&kept, role);
    if current != *refused {
        return Some(current);
    }
    let last_set = rolewright_roles::password_last_set(migrated.core(), role).await.ok()?;
    if logs_in(&migrated.unlocked.connected, role, &current).await {
        return Some(current);
    }
    warn!(%role, "the password was changed by somebody else; setting it again");
    let align = Align { refused: BTreeMap::from([(role.to_string(), last_set)]), ..Align::default() };
    match migrated.align(desired, align).await {
        Ok(done) => {
            realigned.lock().unwrap_or_else(PoisonError::into_inner).extend(done.changes);
            done.secret.map(|secret| password::derive(&secret, role))
        }
        Err(error) => {
            warn!(%role, %error, "the password could not be set again");
            None
        }
    }
}
