//! Consent: the records that people may withdraw, and the policies that hold every query to it.
//!
//! ```text
//! Settings ─▶ Wanted ──┐
//!                      ├─ diff ─▶ RoomPlan ─ room::provision ─▶ policies
//! look ─────▶ Observed ┘
//! say ─▶ saying (history) ─▶ term (what holds, and when) ◀─ the policies ask at each statement
//! ```
//!
//! Each table of a kind has one RESTRICTIVE policy, so that nothing it hides can be shown by another one (PostgreSQL manual, 5.9 "Row
//! Security Policies"), and FORCE, so that its owner is held to it as well. Whom a term is for is asked of who is logged in and of whom
//! it has become; a setting can only hide more, except on the login that acts for subjects, where the application itself says who asks.
//!
//! What was said is never changed. Of what is said of one record for the same ones, the latest whose time it is holds; and whatever is
//! revoked for somebody is hidden, whatever else is allowed.

mod diff;
mod facts;
mod look;
mod missed;
mod older;
mod openers;
mod policy;
mod provision;
mod records;
#[cfg(test)]
mod tests;
mod wanted;

pub use missed::NEED_DECISION;
pub use older::{Older, OlderPolicy};
pub use provision::{plan, provision};
pub use records::{ConsentError, Effect, Explained, Opening, Records, Said, Saying, Whom, Why};
pub use wanted::{Kind, Subjects, Table, Wanted};
