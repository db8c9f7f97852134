//! What ends processes and connections at a chosen statement: for the tests of repair.

pub(crate) mod proxy;
