//! What code does as a managed role: the report sandbox.
