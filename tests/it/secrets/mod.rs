//! Tests of `secrets` against a real server.
