//! Roles that an administrator makes, for a core that may make none: by the statements that are told, with passwords that a login proves.

use rolewright_core::{Ident, settings::SandboxSettings};
use rolewright_roles::{DesiredRole, ProvisionError, UNKNOWN_PASSWORD, password};

use super::fixture::Clinic;

async fn clinic() -> Clinic {
    let mut clinic = Clinic::new().await;
    clinic.admin("ALTER ROLE {core} NOCREATEROLE").await;
    for name in ["raw", "reporting"] {
        let name = clinic.name(name);
        clinic.desired.roles.get_mut(&name).unwrap().adopt = true;
    }
    let sandbox = SandboxSettings { checker: Ident::new(clinic.name("checker")).unwrap(), adopt: true };
    let checker = DesiredRole::checker(&sandbox, 1, clinic.desired.roles.values());
    clinic.desired.roles.insert(clinic.name("checker"), checker);
    clinic
}

/// What is told, run with the passwords that these roles have, or with one of somebody's own.
async fn made(clinic: &Clinic, derived: bool) {
    for refusal in clinic.plan().await.refusals {
        let role = Ident::new(refusal.role.unwrap()).unwrap();
        let own = password::derive(&clinic.secret, &role);
        clinic.admin(&refusal.fix.replace('…', if derived { own.expose() } else { "else" })).await;
    }
}

#[tokio::test]
async fn what_is_told_makes_them_and_a_login_makes_them_known() {
    let mut clinic = clinic().await;
    let plan = clinic.plan().await;
    assert!(plan.refusals.iter().all(|one| one.kind == "missing-createrole"), "{:?}", plan.refusals);
    assert_eq!(plan.refusals.len(), 3);
    made(&clinic, true).await;
    // That the passwords are right is not known before they are tried.
    let error = clinic.provision().await.unwrap_err();
    let ProvisionError::Refused(refusals) = &error else { panic!("{error}") };
    assert!(refusals.iter().all(|one| one.kind == UNKNOWN_PASSWORD), "{refusals:?}");
    let fingerprint =
        |name: &String| password::fingerprint(&clinic.secret, &Ident::new(name.clone()).unwrap());
    let proved = clinic.desired.names().into_iter().map(|name| (name.clone(), fingerprint(&name))).collect();
    clinic.options.proved = proved;
    let done = clinic.provision().await.unwrap();
    assert_eq!(done.changes.iter().filter(|change| change.kind == "know-password").count(), 3);
    clinic.options.proved.clear();
    assert_eq!(clinic.provision().await.unwrap().attempts, 0);
    assert!(clinic.plan().await.in_sync());
    assert_eq!(clinic.state("raw", "SELECT * FROM visits").await, None);
    let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
    assert!(verified.violations.is_empty(), "{:?}", verified.violations);
    // The log tells of it, and of no fingerprint.
    let log = rolewright_roles::log(&clinic.core, 1000).await.unwrap();
    let known = log.iter().filter(|entry| entry.kind == "know-password").collect::<Vec<_>>();
    assert!(known.len() == 3 && known.iter().all(|entry| entry.statement.contains("'***'")), "{known:?}");
    clinic.db.drop().await;
}

#[tokio::test]
async fn a_proof_of_another_secret_is_none() {
    let mut clinic = clinic().await;
    made(&clinic, false).await;
    let other = rolewright_core::RoleSecret::new([8; 32]);
    let fingerprint = |name: &String| password::fingerprint(&other, &Ident::new(name.clone()).unwrap());
    let proved = clinic.desired.names().into_iter().map(|name| (name.clone(), fingerprint(&name))).collect();
    clinic.options.proved = proved;
    let error = clinic.provision().await.unwrap_err();
    let ProvisionError::Refused(refusals) = &error else { panic!("{error}") };
    assert!(refusals.iter().all(|one| one.kind == UNKNOWN_PASSWORD), "{refusals:?}");
    clinic.db.drop().await;
}

/// Where core has CREATEROLE again, what it took over stays as it is.
#[tokio::test]
async fn createrole_changes_nothing_that_is_in_step() {
    let mut clinic = clinic().await;
    made(&clinic, true).await;
    let fingerprint =
        |name: &String| password::fingerprint(&clinic.secret, &Ident::new(name.clone()).unwrap());
    let proved = clinic.desired.names().into_iter().map(|name| (name.clone(), fingerprint(&name))).collect();
    clinic.options.proved = proved;
    clinic.provision().await.unwrap();
    clinic.admin("ALTER ROLE {core} CREATEROLE").await;
    let done = clinic.provision().await.unwrap();
    // Before 16 it marks them as its own.
    let marks = if clinic.is_strict().await { 0 } else { 3 };
    assert_eq!(done.changes.iter().filter(|change| change.kind == "comment").count(), marks);
    assert_eq!(done.changes.len(), marks);
    clinic.db.drop().await;
}
