//! Credentials that were derived before: a derivation takes some milliseconds by design, and a login role serves hundreds of tenants.

use std::sync::{Mutex, PoisonError};

use rolewright_core::{Ident, RoleSecret};

use crate::password::{self, Credentials};

/// The credentials of login roles under one secret; another secret begins anew. Its `Debug` shows none of them.
#[derive(Default)]
pub struct Derived(Mutex<Option<(RoleSecret, Credentials)>>);

impl Derived {
    /// The credentials of these roles.
    pub(super) fn of(&self, secret: &RoleSecret, roles: impl IntoIterator<Item = Ident>) -> Credentials {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, known) = match &mut *kept {
            Some(kept) if kept.0.expose() == secret.expose() => kept,
            other => other.insert((secret.clone(), Credentials::new())),
        };
        let wanted = roles.into_iter().map(|role| {
            let credential =
                known.entry(role.to_string()).or_insert_with(|| password::credential(secret, &role)).clone();
            (role.to_string(), credential)
        });
        wanted.collect()
    }
}

impl std::fmt::Debug for Derived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Derived(***)")
    }
}
