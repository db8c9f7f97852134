//! Tenants in several databases: each is an application of its own, with its own core role, secret and roles; what joins them is that a
//! tenant is found in the one that serves it.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::join_all;
use rolewright_core::{Advice, Exit};
use rolewright_sessions::{Tenant, TenantError, tenant::Unavailable};

use crate::Rolewright;

/// Applications of the same module, by a name that errors call them by.
///
/// A tenant is moved by disabling it in one and adding it in the other; in two at once it is refused. Nothing is guessed: where the
/// database that may have it does not answer, that is the error.
///
/// ```no_run
/// # async fn example(main: rolewright::Rolewright, large: rolewright::Rolewright) -> Result<(), Box<dyn std::error::Error>> {
/// use sea_orm::ConnectionTrait;
/// use std::sync::Arc;
///
/// let all = rolewright::Databases::new([("main", Arc::new(main)), ("large", Arc::new(large))]);
/// all.tenant("diku").await?.transaction(async |tx| tx.execute_unprepared("UPDATE loan SET seen = true").await).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Databases(BTreeMap<String, Arc<Rolewright>>);

/// Why a tenant is not found in exactly one database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabasesError {
    /// Several serve it, and nobody knows which has its rows.
    #[error("the tenant `{tenant}` is served in several databases: {}", databases.join(", "))]
    Several {
        /// The tenant.
        tenant: String,
        /// Their names.
        databases: Vec<String>,
    },
    /// None serves it: what the one that knows it says, or else any.
    #[error("{error} (database {database})")]
    None {
        /// Whose word it is.
        database: String,
        /// What it says.
        error: TenantError,
    },
    /// There is no database.
    #[error("there is no database to look for tenants in")]
    Nowhere,
}

impl Databases {
    /// Joins applications; of two with one name the later counts.
    pub fn new<N: Into<String>>(apps: impl IntoIterator<Item = (N, Arc<Rolewright>)>) -> Self {
        Self(apps.into_iter().map(|(name, app)| (name.into(), app)).collect())
    }

    /// The tenant, from the one database that serves it. All are asked at once, each no more often than `tenancy.fresh` says.
    ///
    /// # Errors
    /// When the id is none, when no database serves the tenant, or several do.
    pub async fn tenant(&self, id: impl AsRef<str>) -> Result<Tenant, DatabasesError> {
        let id = id.as_ref();
        let asked = self.0.iter().map(async |(name, app)| (name, app.tenant(id).await));
        let (mut found, mut errors) = (Vec::new(), Vec::new());
        for (name, answer) in join_all(asked).await {
            match answer {
                Ok(tenant) => found.push((name, tenant)),
                Err(error) => errors.push((name, error)),
            }
        }
        match (found.pop(), found.is_empty()) {
            (Some((_, tenant)), true) => Ok(tenant),
            (Some(last), false) => Err(DatabasesError::Several {
                tenant: id.to_owned(),
                databases: found.into_iter().chain([last]).map(|(name, _)| name.clone()).collect(),
            }),
            (None, _) => {
                errors.sort_by_key(|(_, error)| rank(error));
                let first = errors.into_iter().next().ok_or(DatabasesError::Nowhere)?;
                Err(DatabasesError::None { database: first.0.clone(), error: first.1 })
            }
        }
    }

    /// One of the applications, by its name.
    #[must_use]
    pub fn app(&self, name: &str) -> Option<&Arc<Rolewright>> {
        self.0.get(name)
    }
}

/// Whose word counts where none serves it: a database that does not answer may be the one; then one that knows the tenant; then one that
/// had it; then one that never heard of it.
fn rank(error: &TenantError) -> u8 {
    match error {
        TenantError::Unavailable { why: Unavailable::Unread(_), .. } => 0,
        TenantError::Unavailable { why: Unavailable::Purged, .. } => 2,
        TenantError::Unavailable { why: Unavailable::Unknown, .. } => 3,
        _ => 1,
    }
}

impl Advice for DatabasesError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Several { tenant, .. } => {
                Some(format!("`rolewright tenant disable {tenant}` in all but the one that has its rows"))
            }
            Self::None { error, .. } => error.hint(),
            Self::Nowhere => Some("give `Databases::new` an application for each".to_owned()),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Several { .. } | Self::Nowhere => Exit::Config,
            Self::None { error, .. } => error.exit(),
        }
    }
}
