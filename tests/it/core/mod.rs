//! Tests of `core` against a real server.
