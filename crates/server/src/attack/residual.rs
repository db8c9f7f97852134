//! What is known to come through the sandbox, by the attempt, each with the reason: one list, as data.

use serde::Deserialize;

use super::{Effect, corpus::CorpusError};

/// One known effect of one attempt through the sandbox.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residual {
    /// The attempt.
    pub id: String,
    /// Its effects.
    pub effects: Vec<Effect>,
    /// What kind of thing it is.
    pub kind: Kind,
    /// Why it is there.
    pub reason: String,
}

/// Why an effect is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Nothing a sandbox can do prevents it. It is reported and is no escape.
    Residual,
    /// The boundary lets it through; a look at the server's parse tree stops it. Until then it is an escape.
    AwaitingCheck,
}

/// The list.
///
/// # Errors
/// Never, unless the program was built with a broken one.
pub fn residuals() -> Result<Vec<Residual>, CorpusError> {
    serde_json::from_str(include_str!("corpus/known/residuals.json"))
        .map_err(|error| CorpusError::NoArray { file: "residuals".to_owned(), cause: error.to_string() })
}
