//! The password that is right now, for a pool whose own was refused: after a rotation by another process, or after
//! somebody changed it by hand.

use std::{collections::BTreeSet, sync::Arc};

use futures_util::FutureExt;
use rolewright_core::{Ident, Password};
use rolewright_roles::{Desired, password};
use rolewright_sessions::Renew;
use tracing::warn;

use super::{Migrated, Provisioned, provision::Align};

pub(super) fn renewal(provisioned: &Provisioned, role: &Ident) -> Renew {
    let (migrated, desired) = (provisioned.migrated.clone(), provisioned.desired.clone());
    let (migrated, desired, role) = (Arc::new(migrated), Arc::new(desired), role.clone());
    Arc::new(move |refused| {
        let (migrated, desired, role) = (Arc::clone(&migrated), Arc::clone(&desired), role.clone());
        async move { renew(&migrated, &desired, &role, &refused).await }.boxed()
    })
}

/// Reads the secret again; where the password it gives is the refused one, the server's is set to it once more.
async fn renew(migrated: &Migrated, desired: &Desired, role: &Ident, refused: &Password) -> Option<Password> {
    let kept = migrated.store.existing_role_secret(migrated.core()).await.ok()??;
    let current = password::derive(&kept, role);
    if current != *refused {
        return Some(current);
    }
    warn!(%role, "the password was changed by somebody else; setting it again");
    let align = Align { force_password: BTreeSet::from([role.to_string()]), ..Align::default() };
    match migrated.align(desired, align).await {
        Ok(done) => done.secret.map(|secret| password::derive(&secret, role)),
        Err(error) => {
            warn!(%role, %error, "the password could not be set again");
            None
        }
    }
}
