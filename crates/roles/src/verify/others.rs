//! Functions, large objects, databases, parameters and the like against the promise to read and nothing else: pure.

use crate::{DesiredRole, quote::ident};

use super::{
    DefinerRoutine, OtherKind, OtherRight, Rights, RoleRights, Verified, Violation, ViolationKind, Why,
    judge::violation,
};

/// Judges what one role can do with everything that is neither a relation nor a schema.
pub(super) fn judge(role: &DesiredRole, found: &RoleRights, rights: &Rights, verified: &mut Verified) {
    let name = role.name.as_str();
    for routine in &rights.routines {
        judge_routine(role, found, routine, rights.owns(&routine.owner), verified);
    }
    for other in rights.others.iter().filter(|other| other.role == name) {
        let (one, broken) = judge_other(name, found, &rights.database, other);
        if broken { &mut verified.violations } else { &mut verified.warnings }.push(one);
    }
}

/// A volatile function that runs with its owner's rights is as good as a grant to write, so it breaks the promise unless it
/// is listed. One that is not volatile can only read, one of an extension was made to be called by everyone, and one in a
/// schema without USAGE cannot be named: those are warnings. So is one of the module's own roles (`given`), and a tenant's, of the checker, to
/// which the tenant has opened its schema so that names are found: no tenant shall be able to keep the application from starting.
fn judge_routine(
    role: &DesiredRole,
    found: &RoleRights,
    routine: &DefinerRoutine,
    given: bool,
    verified: &mut Verified,
) {
    let name = role.name.as_str();
    let is_named = |roles: &[String]| roles.iter().any(|one| one == name);
    let callable = is_named(&routine.roles);
    if !callable && !is_named(&routine.unreachable) || role.may_call_definer(&routine.schema, &routine.name) {
        return;
    }
    let why = through(routine.public, found);
    let fix = why.fix(name, &format!("EXECUTE ON ROUTINE {}", routine.identity));
    let words = ["EXECUTE".to_owned()];
    let one = violation(name, ViolationKind::DefinerRoutine, &routine.identity, &words, why, fix);
    let of_tenant = given || role.is_checker() && routine.owner == routine.schema;
    if callable && routine.volatile && !routine.extension && !of_tenant {
        verified.violations.push(one);
    } else {
        verified.warnings.push(one);
    }
}

/// What a right is, and whether it breaks the promise.
fn judge_other(name: &str, found: &RoleRights, database: &str, other: &OtherRight) -> (Violation, bool) {
    let mut why = through(other.public, found);
    let mut fix = why.fix(name, &format!("{} ON {}", other.privilege, other.object));
    let (kind, broken) = match other.kind {
        OtherKind::LargeObject if other.privilege == "OWNER" => {
            why = Why::Owner;
            fix = why.fix(name, "");
            (ViolationKind::Writable, true)
        }
        OtherKind::LargeObject if other.privilege == "SELECT" => {
            (ViolationKind::UnaskedReadable, !other.public && other.usable)
        }
        OtherKind::LargeObject => (ViolationKind::Writable, other.usable),
        OtherKind::SystemWrite => (ViolationKind::Writable, true),
        OtherKind::LoCompat => {
            fix = format!("ALTER DATABASE {} SET lo_compat_privileges = off", ident(database));
            (ViolationKind::Writable, true)
        }
        // What everyone may create in another database is that database's affair, and is marked as out of reach.
        OtherKind::Creates => (ViolationKind::Creates, other.usable),
        OtherKind::UserMapping => {
            fix = format!("DROP {}", other.object);
            (ViolationKind::UserMapping, false)
        }
        // PostgreSQL lets everyone connect everywhere; what can be done there is that database's affair.
        OtherKind::Connects => (ViolationKind::Connects, false),
        OtherKind::Parameter => (ViolationKind::Parameter, true),
        OtherKind::SystemRead => (ViolationKind::UnaskedReadable, true),
        OtherKind::Routine => (ViolationKind::PrivilegedRoutine, other.usable),
    };
    let object = match other.more {
        0 => other.object.clone(),
        more => format!("{} (and {more} more)", other.object),
    };
    (violation(name, kind, &object, std::slice::from_ref(&other.privilege), why, fix), broken)
}

fn through(public: bool, found: &RoleRights) -> Why {
    match found.memberships.first() {
        _ if public => Why::Public,
        Some(role) => Why::Membership(role.clone()),
        None => Why::Direct,
    }
}
