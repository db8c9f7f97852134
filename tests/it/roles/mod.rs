//! Tests of `roles` against a real server, always as a core role that is no superuser.

mod brownfield;
mod by_hand;
mod checker;
mod children;
mod concurrency;
mod denied_children;
mod drift;
mod first;
mod fixture;
mod generated;
mod hold;
mod policies;
mod reach;
mod refusals;
mod rights;
