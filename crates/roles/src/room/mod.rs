//! What planners with rooms of their own share: subjects' roles and the policies of consent are planned apart from the managed
//! roles, and applied in the same way.
//!
//! ```text
//! look ─▶ plan ─ in sync: done
//!            └─ lock ─▶ look again ─▶ plan ─▶ batches, each change with the row that records it ─▶ commit
//! ```

mod apply;
mod plan;

pub use apply::RoomProvisioned;
pub use plan::RoomPlan;

pub(crate) use apply::{Room, provision, statements};
