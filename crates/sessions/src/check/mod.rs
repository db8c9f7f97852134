//! Whether a verdict on a text still holds: what a remembered text needs before it may run again.

/// What a verdict depends on.
#[derive(Debug)]
pub(crate) struct Guard;
