//! Tenants' roles and schemas, made, mended, adopted and removed on a real server, and the commands around them.

mod by_hand;
mod convergence;
mod fixture;
mod isolation;
