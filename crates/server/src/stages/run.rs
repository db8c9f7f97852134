//! What every stage carries along: the settings and the health, and the way a stage is timed.

use std::{future::Future, sync::Arc, time::Instant};

use rolewright_core::{Advice, Settings};
use tracing::{error, info};

use super::{Stage, StartError};
use crate::Health;

/// The common part of all stages.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) settings: Arc<Settings>,
    pub(crate) health: Health,
}

impl Run {
    /// Does one stage's work: health is told, start and end are logged with the duration.
    pub(crate) async fn stage<T, E>(
        &self,
        stage: Stage,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, StartError>
    where
        E: Advice + Send + Sync + 'static,
    {
        self.health.enter(stage);
        info!(%stage, "stage started");
        let start = Instant::now();
        let outcome = work.await;
        let took = start.elapsed();
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        match outcome {
            Ok(value) => {
                info!(%stage, duration_ms, "stage finished");
                self.health.finished(stage, took);
                Ok(value)
            }
            Err(cause) => {
                error!(%stage, duration_ms, %cause, "stage gave up");
                self.health.trouble(Some(cause.to_string()));
                Err(StartError::new(stage, cause))
            }
        }
    }
}
