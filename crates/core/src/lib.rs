//! Names and shapes that every other crate of Rolewright speaks in: settings, connection URLs, identifiers,
//! patterns over tables, secrets as types, errors with hints, and the one plain connection of a start.
//!
//! This crate knows no key, no role and no catalog; nothing here runs SQL beyond what it takes to learn who and
//! where we are ([`connect`]).

pub mod advice;
pub mod connect;
pub mod conninfo;
pub mod headroom;
pub mod ident;
pub mod pattern;
pub mod secret;
pub mod secret_file;
pub mod settings;
pub mod sqlstate;
pub mod tenant;

pub use advice::{Advice, Exit};
pub use conninfo::ConnInfo;
pub use ident::Ident;
pub use secret::{KeepRoleSecret, Kept, Password, RoleSecret};
pub use settings::Settings;
pub use tenant::{Module, TenantId};
