//! The stages as the commands use them: as far as each one needs to go.

use rolewright_core::settings::{Settings, Sources};

use super::{args::Global, embedded, failure::Failure};
use crate::stages::{Configured, Connected, Unlocked};

/// Reads the configuration; with `--embedded`, of a private PostgreSQL that is started first.
pub(crate) async fn configured(global: &Global) -> Result<Configured, Failure> {
    Ok(crate::stages::configure(&sources(global).await?)?)
}

/// Where the configuration comes from.
pub(crate) async fn sources(global: &Global) -> Result<Sources, Failure> {
    let mut sources = Sources::from_process(global.config.clone());
    if global.embedded {
        embedded::prepare(&mut sources).await?;
    }
    Ok(sources)
}

pub(crate) async fn connected(global: &Global) -> Result<Connected, Failure> {
    Ok(configured(global).await?.connect().await?)
}

pub(crate) async fn unlocked(global: &Global) -> Result<Unlocked, Failure> {
    Ok(connected(global).await?.unlock().await?)
}

/// The configuration alone, for commands that need no database.
pub(crate) fn settings(global: &Global) -> Result<Settings, Failure> {
    Ok(Settings::load(&Sources::from_process(global.config.clone()))?.settings)
}
