//! Tokens, good and hostile ones, without a database.

mod any;
mod claims;
mod issuer;
mod keys;
mod refused;
mod remembered;
mod signed;
