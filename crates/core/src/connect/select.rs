//! Whether a server is the kind that `target_session_attrs` asks for.

use super::ServerFacts;
use crate::conninfo::TargetSessionAttrs;

/// As in the PostgreSQL manual, 34.1.2, `target_session_attrs`.
pub(super) fn fits(wanted: TargetSessionAttrs, server: &ServerFacts) -> bool {
    let read_only = server.in_recovery || server.default_read_only;
    match wanted {
        TargetSessionAttrs::Any => true,
        TargetSessionAttrs::ReadWrite => !read_only,
        TargetSessionAttrs::ReadOnly => read_only,
        TargetSessionAttrs::Primary => !server.in_recovery,
        TargetSessionAttrs::Standby | TargetSessionAttrs::PreferStandby => server.in_recovery,
    }
}
