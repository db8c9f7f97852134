//! The one plain connection of a start: short timeouts, each failure in its own words, and what the server is.
//!
//! A pool would hide a refused port behind its own timeout; so the first connection is made without one.

mod attempt;
mod classify;
mod error;
mod facts;
mod options;
mod select;

use std::{fmt, time::Duration};

use tokio::time::Instant;

use crate::{
    ConnInfo, Ident,
    conninfo::{Host, TargetSessionAttrs},
};

pub use classify::Target;
pub use error::{ConnectError, ConnectionLimit};
pub use facts::ServerFacts;
pub use options::options;

/// How long one attempt may take where `connect_timeout` does not say.
pub const ATTEMPT: Duration = Duration::from_secs(3);
/// How long all attempts together may take, unless `connect_timeout` asks for more for one.
pub const DEADLINE: Duration = Duration::from_millis(4_500);

/// A connection, where it goes, and what is there. Its `Debug` shows neither options nor password.
pub struct Connected {
    /// The connection.
    pub connection: sqlx::PgConnection,
    /// The host that answered and fits.
    pub host: Host,
    /// What it is and what we may do there.
    pub server: ServerFacts,
}

impl fmt::Debug for Connected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connected")
            .field("host", &self.host)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

/// Connects to the first host that answers and fits `target_session_attrs`, in under five seconds where `connect_timeout`
/// does not ask for more.
///
/// Hosts are tried in order; one that cannot be reached is passed over, one that refuses the login ends the search, as
/// with libpq. A server that is starting up is asked again until the time is over.
///
/// # Errors
/// What the last host that was tried failed with; see [`ConnectError`].
pub async fn connect(info: &ConnInfo, app: &Ident) -> Result<Connected, ConnectError> {
    attempt::check_files(info)?;
    let deadline = Instant::now() + info.connect_timeout.unwrap_or(DEADLINE).max(DEADLINE);
    let mut said = None;
    loop {
        let error = match pass(info, app, info.target_session_attrs, deadline).await {
            Err(ConnectError::NoFittingHost { .. })
                if info.target_session_attrs == TargetSessionAttrs::PreferStandby =>
            {
                match pass(info, app, TargetSessionAttrs::Any, deadline).await {
                    Err(error) => error,
                    connected => return connected,
                }
            }
            Err(error) => error,
            connected => return connected,
        };
        let soon = Instant::now() + Duration::from_millis(200);
        match error {
            ConnectError::StartingUp { .. } if soon < deadline => said = Some(error),
            // An attempt that the end of all patience cut short says less than the server itself said before.
            ConnectError::Timeout { .. } if Instant::now() >= deadline => return Err(said.unwrap_or(error)),
            error => return Err(error),
        }
        tokio::time::sleep_until(soon).await;
    }
}

/// Connects and hangs up, without patience: whether, within this time, a connection is to be had.
///
/// # Errors
/// As [`connect`]: what the last host that was tried failed with.
pub async fn once(info: &ConnInfo, app: &Ident, within: Duration) -> Result<(), ConnectError> {
    let connected = pass(info, app, TargetSessionAttrs::Any, Instant::now() + within).await?;
    connected.close().await;
    Ok(())
}

/// Tries every host once.
async fn pass(
    info: &ConnInfo,
    app: &Ident,
    wanted: TargetSessionAttrs,
    deadline: Instant,
) -> Result<Connected, ConnectError> {
    let mut failure = None;
    let mut unfit = false;
    for (position, host) in info.hosts.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(info.hosts.len() - position).unwrap_or(1);
        let patience = info.connect_timeout.unwrap_or(ATTEMPT).min(share);
        match attempt::attempt(info, host, app, patience).await {
            Ok(connected) if select::fits(wanted, &connected.server) => return Ok(connected),
            Ok(_) => unfit = true,
            Err(error) if error.next_host() => failure = Some(error),
            Err(error) => return Err(error),
        }
    }
    match failure {
        Some(error) if !unfit => Err(error),
        _ => Err(ConnectError::NoFittingHost { wanted, hosts: info.hosts.len() }),
    }
}

#[cfg(test)]
mod tests;
