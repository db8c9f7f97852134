//! Tests of `roles` against a real server.
