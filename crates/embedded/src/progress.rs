//! Tells the caller what is being done, because obtaining a server can take minutes.

use std::{fmt, sync::Arc};

/// Receives one line for each step that takes time. Every line also goes to `tracing` at the level INFO.
///
/// ```
/// let progress = rolewright_embedded::Progress::new(|line| eprintln!("{line}"));
/// # let _ = progress;
/// ```
#[derive(Clone, Default)]
pub struct Progress(Option<Arc<Tell>>);

type Tell = dyn Fn(&str) + Send + Sync;

impl Progress {
    /// Calls `tell` with each line.
    pub fn new(tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(tell)))
    }

    pub(crate) fn say(&self, line: &str) {
        tracing::info!("{line}");
        if let Some(tell) = &self.0 {
            tell(line);
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}
