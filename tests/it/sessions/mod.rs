//! Tests of `sessions` against a real server.
