//! Tenants' roles and schemas, made, mended, adopted and removed on a real server, and the commands around them.

mod acting;
mod astray;
mod at_once;
mod batches;
mod by_hand;
mod commands;
mod convergence;
mod cost;
mod databases;
mod fixture;
mod gateway;
mod hindered;
mod holders;
mod holes;
mod isolation;
mod kept;
mod killed;
mod leaving;
mod lost;
pub(crate) mod module;
mod moved;
mod open;
mod purge;
mod reporting;
mod spared;
mod upgrade;
