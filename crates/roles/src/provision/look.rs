//! A look of the provisioner's: the plan, and what a secret that is old or new makes of it.

use rolewright_core::Kept;

use crate::{Desired, Finding, Observed, Plan, diff, password, plan::UNKNOWN_PASSWORD};

use super::ProvisionOptions;

/// What differs, given the secret as it is kept.
pub(super) fn plan(desired: &Desired, observed: &Observed, kept: &Kept, options: &ProvisionOptions) -> Plan {
    let credentials = password::credentials(&kept.secret, desired);
    let mut plan = diff(desired, observed, &credentials, &options.forced(observed));
    if options.rotate {
        // An administrator can have a password only once there is the secret that it derives from.
        let (later, refusals) = plan.refusals.into_iter().partition(|one| one.kind == UNKNOWN_PASSWORD);
        plan.refusals = refusals;
        let later: Vec<crate::Refusal> = later;
        plan.findings.extend(later.into_iter().map(Finding::from));
    } else if options.is_old(kept) && !options.is_due(kept, &observed.core) {
        plan.findings.push(old(&observed.core.name));
    }
    plan
}

fn old(core: &str) -> Finding {
    Finding {
        role: None,
        kind: "rotation-due".to_owned(),
        object: rolewright_core::RoleSecret::KEY.to_owned(),
        message: format!(
            "the secret behind the roles' passwords is older than start.rotate_roles_after, and {core} may not set passwords"
        ),
        fix: Some("rolewright secret rotate-roles, which says what an administrator sets then".to_owned()),
    }
}
