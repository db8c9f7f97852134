//! Looking again while the application runs: tables that others made become readable, drift is mended, and a role that can
//! do more than it promises is refused until it cannot.

use std::collections::BTreeMap;

use rolewright_core::{Advice, Exit};
use rolewright_roles::{AppliedChange, Finding, ProvisionError, Violation};
use rolewright_sessions::OpenError;
use serde::Serialize;
use tracing::{info, warn};

use crate::app::{Role, Rolewright};

/// What looking again found and did. As JSON it is the answer of `POST /v1/provision`:
/// `{"changes":[{"kind","object","role","sql"}],"refused":{CONNECTION: REASON},"findings":[{"role","kind","object","message","fix"}],
/// "violations":[{"role","kind","object","rights","why","fix"}]}`, without any secret.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Reconciled {
    /// The changes applied; empty when everything was as configured, and then it was a read.
    pub changes: Vec<AppliedChange>,
    /// The connections whose work is refused now, with the reason.
    pub refused: BTreeMap<String, String>,
    /// What is reported and left alone.
    pub findings: Vec<Finding>,
    /// What a role can do that it must not, or cannot do that it promises; those that can do too much are refused now.
    pub violations: Vec<Violation>,
}

/// Why looking again failed; the roles are as they were before.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ReconcileError(#[from] ProvisionError);

impl Advice for ReconcileError {
    fn hint(&self) -> Option<String> {
        self.0.hint()
    }

    fn exit(&self) -> Exit {
        self.0.exit()
    }
}

impl Rolewright {
    /// Provisions again, and asks the server again what each role can really do. Call it when another process has made
    /// tables that reports are to read; `serve` calls it every `start.reconcile`, and for `POST /v1/provision`. In sync it is a
    /// read.
    ///
    /// Roles that were refused at the start are opened when nothing stands in their way any more; a role that can do more
    /// than it promises is closed, and its work refused with the reason.
    ///
    /// # Errors
    /// What stands in the way, or what the database says. What could not be mended is as it was.
    pub async fn provision(&self) -> Result<Reconciled, ReconcileError> {
        let _one_at_a_time = self.reconciling.lock().await;
        let verified = self.verified();
        let migrated = &verified.provisioned.migrated;
        let desired = migrated.desired();
        let consent = migrated.align_consent().await;
        let (aligned, refused) = migrated.align_what_may(&desired).await;
        // Whatever stood in the way of mending: a role that can do too much does nothing from now on.
        let rights = rolewright_roles::verify(self.core(), &desired).await?;
        let mut refused = refused;
        // Where what hides records cannot be put back, nobody but the application reads any.
        if let Err(error @ ProvisionError::Refused(_)) = &consent {
            let roles = self.settings().roles.values().map(|role| role.role.to_string());
            refused.extend(roles.map(|role| (role, format!("consent cannot be kept: {error}"))));
        }
        for violation in rights.violations.iter().filter(|violation| violation.is_excess()) {
            refused.insert(violation.role.clone(), excess(&rights.violations, &violation.role));
        }
        self.refuse(&refused).await;
        let mut done = aligned?;
        let consent = consent?;
        done.changes.splice(0..0, consent.changes);
        done.findings.extend(consent.findings);
        match migrated.align_subjects().await {
            Ok(subjects) => {
                done.changes.extend(subjects.changes);
                done.findings.extend(subjects.findings);
            }
            Err(error) => warn!(%error, "the roles of subjects could not be looked at"),
        }
        if !done.changes.is_empty() {
            info!(changes = done.changes.len(), "roles were not as configured, and are again");
        }
        // A secret that was replaced by its age is behind the passwords of tenants' logins too.
        if let Err(error) = migrated.align_logins().await {
            warn!(%error, "the login roles of tenants could not be looked at");
        }
        self.open_refused(&refused).await;
        let refused = self.roles().into_iter().filter_map(|(connection, role)| match role {
            Role::Refused(reason) => Some((connection, reason)),
            Role::Open(_) => None,
        });
        Ok(Reconciled {
            changes: done.changes,
            refused: refused.collect(),
            findings: done.findings,
            violations: rights.violations,
        })
    }

    /// Closes the pools of roles that can do too much; what runs in them is ended on the server.
    async fn refuse(&self, refused: &BTreeMap<String, String>) {
        let mut roles = self.roles();
        for (connection, settings) in &self.settings().roles {
            let Some(reasons) = refused.get(settings.role.as_str()) else { continue };
            warn!(role = %settings.role, reasons, "the role is refused from now on");
            if let Some(Role::Open(pool)) = roles.insert(connection.clone(), Role::Refused(reasons.clone())) {
                pool.cut();
                pool.close().await;
            }
        }
        self.put(roles);
    }

    async fn open_refused(&self, refused: &BTreeMap<String, String>) {
        let mut roles = self.roles();
        for (connection, settings) in &self.settings().roles {
            let closed = matches!(roles.get(connection), Some(Role::Refused(_)));
            if !closed || refused.contains_key(settings.role.as_str()) {
                continue;
            }
            let opened: Result<Role, OpenError> = self.verified().open_again(connection, settings).await;
            match opened {
                Ok(role) => {
                    info!(role = %settings.role, "the role is open again");
                    roles.insert(connection.clone(), role);
                }
                Err(error) => {
                    roles.insert(connection.clone(), Role::Refused(error.to_string()));
                }
            }
        }
        self.put(roles);
    }
}

/// What a role can do too much, in words; nothing where it keeps its promise.
fn excess(violations: &[Violation], role: &str) -> String {
    let own = violations.iter().filter(|violation| violation.role == role && violation.is_excess());
    own.map(Violation::message).collect::<Vec<_>>().join("; ")
}
