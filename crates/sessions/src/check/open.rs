//! Logging in as the checker.

use std::{fmt, time::Duration};

use rolewright_core::{
    ConnInfo, Ident, Password,
    settings::{PoolSettings, SandboxSettings},
};

use super::PATIENCE;
use crate::{OpenRole, Renew, open::CHECKER};

/// Where the checker logs in, and as whom. Its `Debug` leaves out the server's options and the password.
#[derive(Clone)]
pub struct OpenChecker {
    /// The server and database. Who logs in is `role`, whatever user and password stand here.
    pub server: ConnInfo,
    /// The checker, `sandbox.checker`.
    pub role: Ident,
    /// Its password.
    pub password: Password,
    /// Where another password is had when this one is refused; absent means nowhere.
    pub renew: Option<Renew>,
}

impl fmt::Debug for OpenChecker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenChecker").field("role", &self.role).finish_non_exhaustive()
    }
}

impl OpenChecker {
    /// The same as a role's pool is opened with: texts are read with the settings that reports run with.
    pub(super) fn as_role(&self) -> OpenRole {
        OpenRole {
            connection: CHECKER.to_owned(),
            server: self.server.clone(),
            role: self.role.clone(),
            password: self.password.clone(),
            search_path: Vec::new(),
            statement_timeout: PATIENCE,
            max_rows: 0,
            max_queue: 1_000,
            max_bytes: None,
            renew: self.renew.clone(),
            pool: PoolSettings {
                max: SandboxSettings::CONNECTIONS,
                min: 0,
                idle: Some(Duration::from_secs(10 * 60)),
                acquire: PATIENCE,
                max_lifetime: Some(Duration::from_secs(30 * 60)),
            },
        }
    }
}
