//! Functions that say who asks, and fail for nothing: memberships of the role itself, roles by quoted names, settings that may be missing.

use super::{Tree, constant, harmless::called};

/// `pg_has_role(name, oid, text)`: of a role that is none it gives false.
const HAS_ROLE: u32 = 2706;
/// `to_regrole(text)` and `quote_ident(text)`: what is quoted is a name.
const TO_REGROLE: u32 = 4093;
const QUOTE_IDENT: u32 = 1282;
/// `current_setting(text, boolean)`.
const SETTING: u32 = 3294;
/// What `pg_has_role` may be asked for.
const PRIVILEGES: [&str; 2] = ["USAGE", "MEMBER"];
/// `SVFOP_CURRENT_ROLE`, `SVFOP_CURRENT_USER`, `SVFOP_USER` and `SVFOP_SESSION_USER`.
const ROLES: std::ops::RangeInclusive<u32> = 9..=12;

/// Whether a call is one of these, given what it fails for nothing by.
pub(super) fn is_harmless(tree: &Tree<'_>, function: u32, arguments: &[usize]) -> bool {
    match (function, arguments) {
        (HAS_ROLE, [role, _, privilege]) => {
            let itself = tree.kind(*role) == Some("SQLVALUEFUNCTION")
                && tree.number(*role, "op").is_ok_and(|op: u32| ROLES.contains(&op));
            itself && constant::text(tree, *privilege).is_some_and(|asked| PRIVILEGES.contains(&asked))
        }
        (TO_REGROLE, [name]) => {
            tree.kind(*name) == Some("FUNCEXPR") && called(tree, *name) == Some(QUOTE_IDENT)
        }
        // The server's own, which have no point in them, may be shown to few.
        (SETTING, [name, missing]) => {
            let own = constant::text(tree, *name).is_none_or(|name| !name.contains('.'));
            !own && constant::bytes(tree, *missing).is_some_and(|bytes| bytes.first() == Some(&1))
        }
        _ => false,
    }
}
