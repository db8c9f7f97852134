//! Tokens, good and hostile ones, without a database.

mod claims;
mod issuer;
mod keys;
mod refused;
mod remembered;
mod signed;
