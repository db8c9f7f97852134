//! The first stage: one layered read of the configuration.

use std::sync::Arc;

use rolewright_core::{
    Settings,
    settings::{Loaded, SettingsError, Sources},
};

use super::{Run, Stage, StartError};
use crate::Health;

/// Settings that hold together; nothing has been connected to.
#[derive(Clone, Debug)]
pub struct Configured {
    pub(crate) run: Run,
}

/// Reads the configuration: defaults, then the file, then the environment; `DATABASE_URL` wins.
///
/// # Errors
/// With the key, the file it stands in, and the fix.
pub fn configure(sources: &Sources) -> Result<Configured, StartError> {
    let loaded: Result<Loaded, SettingsError> = Settings::load(sources);
    let settings = loaded.map_err(|cause| StartError::new(Stage::Configure, cause))?.settings;
    Ok(Configured::new(settings))
}

impl Configured {
    /// Starts from settings made in code.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { run: Run { settings: Arc::new(settings), health: Health::default() } }
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.run.settings
    }

    /// The health of this start, to be served from now on.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.run.health
    }
}
