//! Which database roles there are: what the pool has to be told of each, by whoever keeps them.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use rolewright_core::{Ident, Password};

use crate::acting::Logins;

/// How a database role stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It was provisioned, and the login may become it.
    Provisioned,
    /// It was provisioned, and the login may no longer become it.
    Revoked,
    /// There is none of ours by this name.
    Unknown,
}

/// The database roles of subjects, and the password of the login that becomes them.
pub trait SubjectRoles: Send + Sync + 'static {
    /// How this one stands now; or why that cannot be read.
    fn standing<'a>(&'a self, role: &'a Ident) -> BoxFuture<'a, Result<Standing, String>>;

    /// The password of the login; `refused` is the one that the server has just refused. Nothing means there is none (any more).
    fn password<'a>(
        &'a self,
        login: &'a Ident,
        refused: Option<&'a Password>,
    ) -> BoxFuture<'a, Option<Password>>;
}

/// The same, as the pool asks it.
pub(super) struct Passwords(pub(super) Arc<dyn SubjectRoles>);

impl Logins for Passwords {
    fn password<'a>(
        &'a self,
        login: &'a Ident,
        refused: Option<&'a Password>,
    ) -> BoxFuture<'a, Option<Password>> {
        self.0.password(login, refused)
    }
}
