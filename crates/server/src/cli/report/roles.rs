//! Opens the one role a report needs, when it needs it; nothing is migrated or provisioned for that.

use std::collections::BTreeMap;

use rolewright_sessions::{Checker, RolePool};
use sea_orm::DatabaseConnection;
use tokio::sync::{Mutex, OnceCell};

use super::super::query;
use crate::{
    reports::{ReportError, Roles},
    stages::Unlocked,
    tenants::{Ground, TenantError},
};

pub(super) struct OneByOne {
    unlocked: Unlocked,
    open: Mutex<BTreeMap<String, RolePool>>,
    checker: OnceCell<Checker>,
}

impl OneByOne {
    pub(super) fn new(unlocked: Unlocked) -> Self {
        Self { unlocked, open: Mutex::default(), checker: OnceCell::new() }
    }

    pub(super) fn core(&self) -> &DatabaseConnection {
        self.unlocked.connected.core()
    }

    /// What the work for tenants stands on, where a module is configured.
    pub(super) fn ground(&self) -> Result<Ground, TenantError> {
        Ground::of(&self.unlocked)
    }

    pub(super) async fn close(&self) {
        for pool in self.open.lock().await.values() {
            pool.close().await;
        }
        if let Some(checker) = self.checker.get() {
            checker.close().await;
        }
    }
}

#[async_trait::async_trait]
impl Roles for OneByOne {
    async fn role(&self, connection: &str) -> Result<RolePool, ReportError> {
        let mut open = self.open.lock().await;
        if let Some(pool) = open.get(connection) {
            return Ok(pool.clone());
        }
        let pool = query::open_on(&self.unlocked, connection, &self.checker).await.map_err(|failure| {
            ReportError::NotOpened { message: failure.message, hint: failure.hint, exit: failure.exit }
        })?;
        open.insert(connection.to_owned(), pool.clone());
        Ok(pool)
    }
}
