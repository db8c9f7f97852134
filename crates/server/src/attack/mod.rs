//! `attack`: the escape corpus, and what proves by it that nothing escapes from the report sandbox.
//!
//! The corpus is data: texts that a hostile author of reports would send ([`corpus`]). Each runs through the sandbox, and straight on
//! plain connections that hold the role's password ([`Way`]). What counts is what is *seen* to have happened, never an error code: a
//! fingerprint of rows, catalogs, roles and settings before and after, bystanders that listen and work beside it, the answer of the
//! session's next user, marked values that come back, and whether a text that asks for a hidden row is answered otherwise than one that
//! asks for none. Then everything is put back.
//!
//! It runs against a database whose roles are as configured, and needs the core connection only to look and to put back: no text of
//! the corpus ever runs on it.

mod attempt;
mod bystander;
pub mod corpus;
mod effect;
mod error;
mod fingerprint;
mod ground;
mod judge;
mod junit;
mod look;
mod memory;
mod neighbours;
mod own;
mod pair;
mod peer;
mod place;
mod ran;
mod report;
mod residual;
mod restore;
mod run;
mod server_log;
mod stopped;
mod tidy;
mod ways;

pub use attempt::{Attempt, Mode, SeenAs};
pub use effect::Effect;
pub use error::AttackError;
pub use junit::junit;
pub use pair::At;
pub use report::{Cell, Class, LeftOut, Outcome, Tried};
pub use residual::{Residual, residuals};
pub use run::{Options, attack};
pub use tidy::tidy;
pub use ways::Way;

pub use crate::stop::Stop;
#[doc(hidden)]
pub use {
    ran::{Failure, Ran},
    ways::{Boundary, Sender},
};
