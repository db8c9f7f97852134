//! The key ring, sealed values and the table that holds them.
