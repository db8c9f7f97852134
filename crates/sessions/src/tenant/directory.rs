//! Where tenants are: what the pool has to be told of each, by whoever keeps the list.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use rolewright_core::{Ident, Password, TenantId};

use crate::acting::Logins;

/// Who acts for a tenant, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The role that logs in: one of the module's own, that may become the tenant's.
    pub login: Ident,
    /// The tenant's role.
    pub role: Ident,
    /// The tenant's schema.
    pub schema: Ident,
}

/// Why nothing can be done for a tenant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// Nobody added it.
    #[error("there is no such tenant")]
    Unknown,
    /// It is not made yet, or was left half made.
    #[error("it is not ready: {0}")]
    Unfinished(String),
    /// An operator disabled it.
    #[error("it is disabled")]
    Disabled,
    /// It was, or is being, purged.
    #[error("it was purged")]
    Purged,
    /// The list itself cannot be read.
    #[error("the list of tenants cannot be read: {0}")]
    Unread(String),
}

/// The list of tenants, and the passwords of the module's logins.
pub trait Directory: Send + Sync + 'static {
    /// Where a tenant is, or why nothing can be done for it.
    fn find<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, Result<Place, Unavailable>>;

    /// The password of a login; `refused` is the one that the server has just refused. Nothing means there is none (any more).
    fn password<'a>(
        &'a self,
        login: &'a Ident,
        refused: Option<&'a Password>,
    ) -> BoxFuture<'a, Option<Password>>;
}

/// The same, as the pool asks it.
pub(super) struct Passwords(pub(super) Arc<dyn Directory>);

impl Logins for Passwords {
    fn password<'a>(
        &'a self,
        login: &'a Ident,
        refused: Option<&'a Password>,
    ) -> BoxFuture<'a, Option<Password>> {
        self.0.password(login, refused)
    }
}
