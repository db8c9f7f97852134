//! What is known to come through the sandbox or through one of its layers alone, by the attempt, each with the reason: one
//! list, as data.

use serde::Deserialize;

use super::{Effect, Way, corpus::CorpusError};

/// The known effects of one attempt.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residual {
    /// The attempt.
    pub id: String,
    /// Its effects.
    pub effects: Vec<Effect>,
    /// Which ways it comes through: `boundary` and `check` are each layer alone; what comes through `sandbox` is prevented by
    /// nothing that a sandbox can do.
    pub through: Vec<Way>,
    /// Why it is there.
    pub reason: String,
}

/// The list.
///
/// # Errors
/// Never, unless the program was built with a broken one.
pub fn residuals() -> Result<Vec<Residual>, CorpusError> {
    serde_json::from_str(include_str!("corpus/known/residuals.json"))
        .map_err(|error| CorpusError::NoArray { file: "residuals".to_owned(), cause: error.to_string() })
}
