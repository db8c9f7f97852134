//! The word to long work that it is enough: what is at work comes to its end, and nothing more is begun.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether somebody has had enough of some work, which may be asked by whoever does it.
#[derive(Debug, Default)]
pub struct Stop(AtomicBool);

impl Stop {
    /// Nothing more is to be begun.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether that was said.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
