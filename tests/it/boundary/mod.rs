//! The sandbox's boundary measured against the other one that was thought of, a runner: what escapes from each, and what each costs.

mod escapes;
mod figures;
mod runner;
mod way;
