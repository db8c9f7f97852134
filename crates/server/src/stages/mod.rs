//! The start as a chain of values, each made only from the one before, so that the wrong order does not compile:
//!
//! [`Configured`] → [`Connected`] → [`Unlocked`] → [`Migrated`] → [`Provisioned`] → [`Verified`] → [`Rolewright`](crate::Rolewright).
//!
//! Every stage logs its start and its end with `stage` and `duration_ms`, and tells [`Health`](crate::Health).

mod configure;
mod connect;
mod host;
pub(crate) mod lock;
mod migrate;
mod open;
mod preview;
mod prove;
mod provision;
mod renewal;
mod run;
mod unlock;
mod verify;

use std::fmt;

use rolewright_core::{Advice, Exit};
use serde::Serialize;

pub use configure::{Configured, configure};
pub use connect::Connected;
pub use host::{HostMigrations, NoMigrations, SeaOrm};
pub use migrate::{MigrateError, Migrated};
pub use preview::{Preview, PreviewError, PreviewedChange};
pub use provision::{Provisioned, Rotated};
pub use unlock::{UnlockError, Unlocked};
pub use verify::{Verified, VerifyFailed};

pub(crate) use open::{open_checker, request as open_request, server as open_server};
pub(crate) use provision::Align;
pub(crate) use run::Run;

/// Where a process is between its first moment and its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Reading the configuration.
    Configure,
    /// One plain connection: who and where we are.
    Connect,
    /// Proving that our keys open what is stored.
    Unlock,
    /// Rolewright's migrations, then the host's.
    Migrate,
    /// Making the roles what they should be.
    Provision,
    /// Asking the server what they can really do.
    Verify,
    /// Logging in as them.
    Open,
    /// Taking work.
    Serve,
    /// Taking no more work; what runs may finish.
    Drain,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Configure => "configure",
            Self::Connect => "connect",
            Self::Unlock => "unlock",
            Self::Migrate => "migrate",
            Self::Provision => "provision",
            Self::Verify => "verify",
            Self::Open => "open",
            Self::Serve => "serve",
            Self::Drain => "drain",
        })
    }
}

/// A stage gave up. The cause is the stage's own error, with its hint and exit code.
#[derive(Debug)]
pub struct StartError {
    /// The stage that gave up.
    pub stage: Stage,
    cause: Box<dyn Advice + Send + Sync>,
}

impl StartError {
    pub(crate) fn new(stage: Stage, cause: impl Advice + Send + Sync + 'static) -> Self {
        Self { stage, cause: Box::new(cause) }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.source()
    }
}

impl Advice for StartError {
    fn hint(&self) -> Option<String> {
        self.cause.hint()
    }

    fn exit(&self) -> Exit {
        self.cause.exit()
    }
}
