//! The checker: it looks names up where the readers may, reads nothing, and makes things in its own schema only.

use rolewright_core::{Ident, settings::SandboxSettings};
use rolewright_roles::{DesiredRole, SCRATCH_SCHEMA};

use super::fixture::{Clinic, kinds};

const DENIED: Option<&str> = Some("42501");

async fn clinic() -> Clinic {
    let mut clinic = Clinic::new().await;
    let sandbox = SandboxSettings { checker: Ident::new(clinic.name("checker")).unwrap(), adopt: false };
    let checker = DesiredRole::checker(&sandbox, 1, clinic.desired.roles.values());
    clinic.desired.roles.insert(clinic.name("checker"), checker);
    clinic
}

/// A function in the scratch schema over this query, rolled back.
fn parse(query: &str) -> String {
    format!(
        "BEGIN READ WRITE; CREATE FUNCTION {SCRATCH_SCHEMA}.f() RETURNS SETOF record LANGUAGE sql \
         BEGIN ATOMIC {query}; END; ROLLBACK"
    )
}

#[tokio::test]
async fn it_parses_and_reads_nothing() {
    let clinic = clinic().await;
    clinic.provision().await.unwrap();
    assert!(clinic.provision().await.unwrap().changes.is_empty());
    for (sql, state) in [
        (parse("SELECT * FROM public.patients, reporting.daily"), None),
        (parse("SELECT * FROM rolewright.local_system_secrets"), DENIED),
        ("SELECT FROM public.patients".to_owned(), DENIED),
        ("SELECT FROM reporting.daily".to_owned(), DENIED),
        ("BEGIN READ WRITE; CREATE TABLE public.x ()".to_owned(), DENIED),
        ("BEGIN READ WRITE; CREATE SCHEMA x".to_owned(), DENIED),
        ("BEGIN READ WRITE; INSERT INTO public.visits VALUES (1)".to_owned(), DENIED),
    ] {
        assert_eq!(clinic.state("checker", &sql).await.as_deref(), state, "{sql}");
    }
    for role in ["reporting", "raw"] {
        assert_eq!(clinic.state(role, &parse("SELECT 1")).await.as_deref(), DENIED, "{role}");
    }
    let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
    assert_eq!(verified.violations, []);
    assert!(verified.readable[&clinic.name("checker")].is_empty());
    clinic.db.drop().await;
}

#[tokio::test]
async fn what_it_has_too_much_goes_and_what_it_lacks_comes_back() {
    let clinic = clinic().await;
    clinic.provision().await.unwrap();
    clinic
        .sql(
            "GRANT SELECT ON public.visits TO {}_checker; GRANT CREATE ON SCHEMA public TO {}_checker; \
             GRANT USAGE, CREATE ON SCHEMA rolewright_check TO {}_raw",
        )
        .await;
    let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
    let found: Vec<_> = verified.violations.iter().map(|one| (one.role.as_str(), one.kind.word())).collect();
    let (checker, raw) = (clinic.name("checker"), clinic.name("raw"));
    let unasked = (checker.as_str(), "unasked-readable");
    assert_eq!(found, [(checker.as_str(), "creates"), unasked, (raw.as_str(), "creates")]);
    assert_eq!(clinic.provision().await.unwrap().changes.len(), 3);

    clinic.sql("DROP SCHEMA rolewright_check CASCADE").await;
    assert_eq!(kinds(&clinic.plan().await), ["create-schema", "grant-schema", "grant-create"]);
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("checker", &parse("SELECT 1")).await, None);
    assert!(clinic.plan().await.in_sync());
    clinic.db.drop().await;
}

#[tokio::test]
async fn a_scratch_schema_of_somebody_else_is_refused() {
    let clinic = clinic().await;
    clinic.admin("CREATE SCHEMA rolewright_check").await;
    let plan = clinic.plan().await;
    assert!(plan.refusals.iter().any(|one| one.kind == "foreign-schema"), "{:?}", plan.refusals);
    clinic.mend(&plan.refusals).await;
    clinic.provision().await.unwrap();
    assert!(clinic.plan().await.in_sync());
    clinic.db.drop().await;
}
