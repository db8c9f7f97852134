//! The rolewright binary.
fn main() {}
