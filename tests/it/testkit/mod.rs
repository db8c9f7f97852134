//! Tests of the testkit itself: what it promises to every other test.

mod log;
mod rights;
mod template;
mod vanish;
