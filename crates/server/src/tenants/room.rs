//! Whether there are connections enough for a job, known before one waits for them; and why there was none, where one was waited for in vain.

use std::time::Duration;

use rolewright_core::connect::{self, ConnectError, ConnectionLimit};
use rolewright_roles::ProvisionError;

use super::{Ground, TenantError, error::LEAST};

/// How long a server may take that is asked whether it is there: somebody has waited already.
const PATIENCE: Duration = Duration::from_secs(1);

impl Ground {
    /// Whether core, and the database, may have as many connections as a job takes.
    pub(super) fn room(&self) -> Result<(), TenantError> {
        let server = &self.connected.server;
        if let Some(limit) = server.connection_limit.filter(|limit| *limit < LEAST) {
            return Err(TenantError::Few { user: server.user.clone(), limit });
        }
        // The module's login takes one besides.
        match server.database_connection_limit.filter(|limit| *limit <= LEAST) {
            Some(limit) => Err(TenantError::FewInAll { database: server.database.clone(), limit }),
            None => Ok(()),
        }
    }

    /// A failure for want of a connection, with its cause: the pool tries a server that is gone until its time is over, and says no more of it
    /// than of one whose connections are all taken. One plain connection tells.
    pub(super) async fn told<T>(&self, outcome: Result<T, TenantError>) -> Result<T, TenantError> {
        let error = match outcome {
            Err(error) => error,
            done => return done,
        };
        let label = match &error {
            TenantError::Crowded { label, .. } => (*label).to_owned(),
            TenantError::Roles(
                ProvisionError::Connection { label, .. } | ProvisionError::Statement { label, .. },
            ) if error.is_crowded() => label.clone(),
            _ => return Err(error),
        };
        let settings = &self.connected.run.settings;
        Err(match connect::once(&settings.database, &settings.app, PATIENCE).await {
            Ok(()) => error,
            Err(ConnectError::TooMany { limit, .. }) if limit != ConnectionLimit::Database => error,
            Err(why) => TenantError::Unreached { label, why: Box::new(why) },
        })
    }
}
