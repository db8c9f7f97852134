//! Managed roles: what is desired, what the catalogs say, the plan between the two, its application under a lock,
//! and the proof afterwards that a role can do what it promises and nothing else.
//!
//! ```text
//! Settings ─▶ Desired ─┐
//!                      ├─ diff ─▶ Plan ─ provision ─▶ catalogs ─ verify ─▶ Verified, Matrix
//! inspect ─▶ Observed ─┘
//! ```
//!
//! [`diff()`] is a function of plain values: it sends nothing, so that a plan can be shown, tested and compared.
//! [`inspect()`] and [`verify()`] read; [`provision()`] is the only writer. This crate is handed a secret's value and knows
//! nothing of where it is kept; it opens no pool and never acts as a managed role.

pub mod accept;
pub mod ancestors;
mod ask;
pub mod change;
pub mod computed;
pub mod consent;
pub mod desired;
pub mod diff;
pub mod error;
pub mod inspect;
pub mod log;
pub mod marker;
pub mod matrix;
mod migration;
pub mod moved;
pub mod observed;
pub mod password;
pub mod plan;
pub mod provision;
mod quote;
mod render;
pub mod room;
pub mod subjects;
pub mod tenants;
pub mod unmet;
pub mod verify;

pub use accept::accept;
pub use change::Change;
pub use desired::{Desired, DesiredRole, Purpose, SCRATCH_SCHEMA};
pub use diff::diff;
pub use error::ProvisionError;
pub use inspect::inspect;
pub use log::{LogEntry, log};
pub use matrix::{Matrix, matrix};
pub use migration::migrations;
pub use observed::Observed;
pub use plan::{Finding, Gift, Plan, Refusal, UNKNOWN_PASSWORD};
pub use provision::{
    AppliedChange, LOCK_KEY, ProvisionOptions, Provisioned, lock_holder, password_last_set, plan, plan_with,
    provision,
};
pub use unmet::unmet;
pub use verify::{Verified, Violation, verify};
