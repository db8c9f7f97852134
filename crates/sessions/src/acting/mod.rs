//! One pool for many who are acted as, one transaction each: the room that tenants and subjects share.
//!
//! A login that may read nothing itself becomes somebody for one transaction. Role, search path, limits and what the transaction is
//! told about who it is for travel with BEGIN, and the question whether they still hold with COMMIT. Whatever ends it, the next one on
//! that connection finds nothing of the last. Who may be acted as, and the words of a refusal, are the [`Actor`]'s.

mod act;
mod clean;
mod inside;
mod known;
mod messages;
mod part;
mod pool;
mod send;
mod transaction;
mod trouble;
mod turns;

pub(crate) use act::{Actor, Failed, House, act};
pub use clean::clean;
pub(crate) use known::Known;
pub use messages::{SEAL, SETTLE};
pub(crate) use part::{Logins, Open, Part, Told};
pub use transaction::{Access, Transaction};
pub(crate) use trouble::Trouble;

/// Whom a connection serves, and whose turn it is.
pub(crate) type Key = std::sync::Arc<str>;
