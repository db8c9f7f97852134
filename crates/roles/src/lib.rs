//! Desired roles, inspected, planned, applied and verified.
