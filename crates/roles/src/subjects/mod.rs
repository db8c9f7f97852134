//! The database roles that subjects of tokens act as: what is wanted, what the catalogs say, the plan between the two, and its
//! application.
//!
//! The same principles as for read roles, in a room of their own. A *login* of its own, which inherits nothing, may become each of these
//! roles and does nothing else; so the core connection never acts as a subject. Each role is NOLOGIN, and has no right of its own: it
//! inherits from *groups*, which the application or an administrator made and granted to. From PostgreSQL 16 on the login may become
//! the roles (SET) and not inherit from them, and they inherit from the groups and may not become them.
//!
//! A role that is no longer wanted is not dropped, since policies and objects may hang on it: the login may no longer become it.

mod diff;
mod facts;
mod login;
mod look;
mod memberships;
mod provision;
#[cfg(test)]
mod tests;
mod wanted;

pub use provision::{plan, provision};
pub use wanted::Wanted;
