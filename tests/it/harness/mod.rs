//! What ends processes and connections at a chosen statement, and looks on meanwhile: for the tests of repair; and
//! what makes a wire long, for measurements.

pub(crate) mod delay;
pub(crate) mod form;
pub(crate) mod given;
pub(crate) mod probe;
pub(crate) mod proxy;
pub(crate) mod psql;
pub(crate) mod victim;
