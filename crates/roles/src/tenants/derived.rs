//! Credentials that were derived before: a derivation takes some milliseconds by design, and a login role serves hundreds of tenants.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use rolewright_core::{Ident, RoleSecret};
use uuid::Uuid;

use crate::password::{self, Credential, Credentials};

/// A role, in one of its lives.
type Key = (Ident, Option<Uuid>);

/// The credentials of login roles under one secret; another secret begins anew. Its `Debug` shows none of them.
#[derive(Default)]
pub struct Derived(Mutex<Option<(RoleSecret, BTreeMap<Key, Credential>)>>);

impl Derived {
    /// The credentials of these roles, each in its life.
    pub(super) fn of(&self, secret: &RoleSecret, roles: impl IntoIterator<Item = Key>) -> Credentials {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, known) = match &mut *kept {
            Some(kept) if kept.0.expose() == secret.expose() => kept,
            other => other.insert((secret.clone(), BTreeMap::new())),
        };
        let wanted = roles.into_iter().map(|key| {
            let (name, derive) =
                (key.0.to_string(), |key: &Key| password::credential_in(secret, &key.0, key.1));
            (name, known.entry(key).or_insert_with_key(derive).clone())
        });
        wanted.collect()
    }
}

impl std::fmt::Debug for Derived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Derived(***)")
    }
}
