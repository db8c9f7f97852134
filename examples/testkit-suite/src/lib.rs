//! A tiny application to be tested.
