//! Tests of `server` against a real server.
