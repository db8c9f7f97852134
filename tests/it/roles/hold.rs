//! `new_tables = "hold"`: what was never seen before is named and stays unreadable until somebody accepts it.

use rolewright_core::{Advice, pattern::Read, settings::NewTables};
use rolewright_roles::{Finding, ProvisionError, accept};

use super::fixture::{Clinic, kinds};

const DENIED: Option<&str> = Some("42501");

/// A clinic whose role `raw` holds new tables.
async fn clinic() -> Clinic {
    let mut clinic = Clinic::new().await;
    set(&mut clinic, NewTables::Hold);
    clinic
}

fn set(clinic: &mut Clinic, new_tables: NewTables) {
    let name = clinic.name("raw");
    clinic.desired.roles.get_mut(&name).unwrap().new_tables = new_tables;
}

async fn accepts(clinic: &Clinic, patterns: &[&str]) -> Result<Vec<String>, ProvisionError> {
    let patterns: Vec<Read> = patterns.iter().map(|text| Read::parse(text).unwrap()).collect();
    accept(&clinic.core, &clinic.desired, "raw", &patterns, "test").await
}

/// The relations that the plan names as waiting.
async fn waiting(clinic: &Clinic) -> Vec<String> {
    let plan = clinic.plan().await;
    let held = plan.findings.iter().filter(|one| one.needs_decision());
    held.map(|one| one.object.clone()).collect()
}

#[tokio::test]
async fn a_new_relation_waits_until_it_is_accepted() {
    let clinic = clinic().await;
    let done = clinic.provision().await.unwrap();
    assert!(done.changes.iter().any(|change| change.kind == "begin-hold"));
    assert!(clinic.plan().await.in_sync());
    assert_eq!(clinic.state("raw", "SELECT * FROM visits").await, None, "what was there is accepted");

    clinic.sql("CREATE TABLE public.fresh (a int); CREATE VIEW public.view AS SELECT 1 AS a; CREATE TABLE public.new_tokens (a int); CREATE TABLE reporting.fresh (a int)").await;
    let plan = clinic.plan().await;
    assert!(plan.is_empty() && plan.refusals.is_empty() && !plan.in_sync(), "{plan:?}");
    assert_eq!(waiting(&clinic).await, ["public.fresh", "public.view"], "what is denied is no decision");
    let finding = plan.findings.iter().find(|one| one.object == "public.fresh").unwrap();
    assert_eq!(finding.kind, Finding::HELD_RELATION);
    assert!(finding.fix.as_ref().unwrap().starts_with("rolewright accept raw public.fresh"), "{finding:?}");
    let done = clinic.provision().await.unwrap();
    assert_eq!((done.changes.len(), done.attempts), (0, 0), "waiting is no work");
    assert_eq!(clinic.state("raw", "SELECT * FROM fresh").await.as_deref(), DENIED);
    assert_eq!(clinic.state("reporting", "SELECT * FROM fresh").await, None, "another role is not held");

    assert_eq!(accepts(&clinic, &["public.fresh"]).await.unwrap(), ["public.fresh"]);
    assert!(accepts(&clinic, &["public.fresh"]).await.unwrap().is_empty(), "accepted already");
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT * FROM fresh").await, None);
    assert_eq!(clinic.state("raw", "SELECT * FROM view").await.as_deref(), DENIED);
    assert_eq!(accepts(&clinic, &["public.*"]).await.unwrap(), ["public.new_tokens", "public.view"]);
    clinic.provision().await.unwrap();
    assert_eq!(
        clinic.state("raw", "SELECT * FROM new_tokens").await.as_deref(),
        DENIED,
        "denied all the same"
    );
    assert!(clinic.plan().await.in_sync());
    let log = rolewright_roles::log(&clinic.core, 1000).await.unwrap();
    assert_eq!(log.iter().filter(|entry| entry.kind == "accept").count(), 2);
    clinic.db.drop().await;
}

#[tokio::test]
async fn a_relation_made_again_is_new_again() {
    let clinic = clinic().await;
    clinic.provision().await.unwrap();
    clinic.sql("DROP TABLE public.visits; CREATE TABLE public.visits (id int)").await;
    assert_eq!(waiting(&clinic).await, ["public.visits"]);
    clinic.admin("GRANT SELECT ON public.visits TO {}_raw").await;
    let plan = clinic.plan().await;
    assert_eq!(kinds(&plan), ["revoke"], "a grant by hand is no acceptance: {plan:?}");
    let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
    assert_eq!(verified.violations[0].kind.word(), "held-readable", "{verified:?}");
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT * FROM visits").await.as_deref(), DENIED);

    clinic.sql("GRANT SELECT ON public.visits TO PUBLIC").await;
    let plan = clinic.plan().await;
    assert_eq!(plan.refusals.len(), 1, "{plan:?}");
    clinic.mend(&plan.refusals).await;
    clinic.sql("ALTER TABLE public.patients RENAME TO people").await;
    assert_eq!(waiting(&clinic).await, ["public.visits"], "a renamed one is the same");
    clinic.db.drop().await;
}

#[tokio::test]
async fn what_was_accepted_is_forgotten_when_nothing_waits_any_more() {
    let mut clinic = clinic().await;
    clinic.provision().await.unwrap();
    clinic.sql("CREATE TABLE public.fresh (a int)").await;
    set(&mut clinic, NewTables::Grant);
    let plan = clinic.plan().await;
    assert_eq!(kinds(&plan), ["end-hold", "grant-select"], "{plan:?}");
    clinic.provision().await.unwrap();
    assert!(clinic.plan().await.in_sync());
    set(&mut clinic, NewTables::Hold);
    clinic.provision().await.unwrap();
    assert!(clinic.plan().await.in_sync(), "what is there when it begins is accepted");
    assert_eq!(clinic.state("raw", "SELECT * FROM fresh").await, None);
    clinic.db.drop().await;
}

#[tokio::test]
async fn what_cannot_be_accepted_says_why() {
    let mut clinic = clinic().await;
    let refused = async |clinic: &Clinic, patterns: &[&str]| {
        let error = accepts(clinic, patterns).await.unwrap_err();
        let ProvisionError::Refused(refusals) = &error else { panic!("{error}") };
        (refusals[0].kind.clone(), error.hint().unwrap())
    };
    let (kind, hint) = refused(&clinic, &["public.visits"]).await;
    assert_eq!((kind.as_str(), hint.as_str()), ("not-provided", "rolewright apply"));
    clinic.provision().await.unwrap();
    assert_eq!(refused(&clinic, &["public.visits", "public.nothing"]).await.0, "no-such-relation");
    assert_eq!(refused(&clinic, &["reporting.daily"]).await.0, "no-such-relation");
    // The checker reads nothing that could wait.
    let mut with_checker = clinic.desired.clone();
    let sandbox = rolewright_core::settings::SandboxSettings {
        checker: rolewright_core::Ident::new("checks").unwrap(),
        adopt: false,
    };
    let checker = rolewright_roles::DesiredRole::checker(&sandbox, 1, std::iter::empty());
    with_checker.roles.insert("checks".to_owned(), checker);
    let error = accept(&clinic.core, &with_checker, "other", &[], "test").await.unwrap_err();
    assert_eq!(error.hint().unwrap(), "name one of: raw, reporting");

    let name = clinic.name("raw");
    clinic.desired.roles.get_mut(&name).unwrap().future_tables =
        rolewright_core::settings::FutureTables::Immediately;
    assert!(clinic.plan().await.refusals.iter().any(|one| one.kind == "hold-immediately"));
    clinic.desired.roles.get_mut(&name).unwrap().future_tables =
        rolewright_core::settings::FutureTables::OnProvision;
    set(&mut clinic, NewTables::Grant);
    assert_eq!(refused(&clinic, &["public.visits"]).await.0, "not-held");
    clinic.db.drop().await;
}
