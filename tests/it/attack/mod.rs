//! The escape corpus on its fixture: through the sandbox nothing but what is known, on plain connections what has to be seen.

mod codes;
mod command;
pub(crate) mod fixture;
mod heavy;
mod hidden;
mod killed;
mod neighbours;
mod plain;
mod sandbox;
