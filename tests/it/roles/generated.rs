//! A column that is computed from a denied column is denied as well, whenever it came, and whoever let it be read.

use rolewright_roles::{
    Change,
    verify::{ViolationKind, Why},
};

use super::fixture::{Clinic, kinds};

const HINT: &str = "ALTER TABLE public.patients ADD hint text GENERATED ALWAYS AS (left(password, 2)) STORED, \
                    ADD loud text GENERATED ALWAYS AS (upper(name)) STORED";
const DENIED: Option<&str> = Some("42501");

#[tokio::test]
async fn one_that_was_there_before_the_role() {
    let clinic = Clinic::new().await;
    clinic.sql(HINT).await;
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT id, name, loud FROM patients").await, None);
    assert_eq!(clinic.state("raw", "SELECT hint FROM patients").await.as_deref(), DENIED);
    assert_eq!(clinic.state("raw", "SELECT * FROM patients").await.as_deref(), DENIED);
    assert!(clinic.plan().await.in_sync());
    clinic.db.drop().await;
}

#[tokio::test]
async fn one_that_came_later_or_was_granted_by_hand() {
    let clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    clinic.sql(HINT).await;
    let plan = clinic.plan().await;
    let granted =
        |change: &&Change| matches!(change, Change::GrantColumns { columns, .. } if *columns == ["loud"]);
    assert_eq!(plan.changes.iter().filter(granted).count(), plan.changes.len(), "{plan:?}");
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT loud FROM patients").await, None);
    assert_eq!(clinic.state("raw", "SELECT hint FROM patients").await.as_deref(), DENIED);

    clinic.sql("GRANT SELECT (hint) ON public.patients TO {}_raw").await;
    let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
    let found = verified.violations.iter().find(|one| one.kind == ViolationKind::DeniedReadable);
    assert_eq!(found.map(|one| one.object.as_str()), Some("public.patients (hint)"), "{verified:?}");
    assert_eq!(kinds(&clinic.plan().await), ["revoke"]);
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT hint FROM patients").await.as_deref(), DENIED);
    clinic.db.drop().await;
}

#[tokio::test]
async fn one_that_everyone_may_read() {
    let clinic = Clinic::new().await;
    clinic.sql(HINT).await;
    clinic.sql("GRANT SELECT (hint) ON public.patients TO PUBLIC").await;
    let plan = clinic.plan().await;
    assert!(plan.refusals.iter().any(|one| one.kind == "public-right"), "{plan:?}");
    clinic.provision().await.unwrap_err();
    clinic.sql("REVOKE SELECT (hint) ON public.patients FROM PUBLIC").await;
    clinic.provision().await.unwrap();

    clinic.sql("GRANT SELECT (hint) ON public.patients TO PUBLIC").await;
    let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
    let public = |one: &&rolewright_roles::Violation| one.why == Why::Public;
    assert_eq!(verified.violations.iter().filter(public).count(), 1, "{verified:?}");
    clinic.db.drop().await;
}

#[tokio::test]
async fn a_view_over_one_is_reported() {
    let clinic = Clinic::new().await;
    clinic.sql(HINT).await;
    clinic.sql("CREATE VIEW public.hints AS SELECT hint FROM public.patients").await;
    let plan = clinic.plan().await;
    let found = plan.findings.iter().find(|one| one.kind == "shows-denied" && one.object == "public.hints");
    let found = found.unwrap_or_else(|| panic!("{plan:?}"));
    assert!(found.message.contains("public.patients (password)"), "{}", found.message);
    clinic.db.drop().await;
}

#[tokio::test]
async fn one_that_is_computed_when_it_is_read() {
    let clinic = Clinic::new().await;
    if clinic.version().await < 180_000 {
        println!("not run: virtual generated columns came with PostgreSQL 18");
        return clinic.db.drop().await;
    }
    clinic
        .sql("ALTER TABLE public.patients ADD hint text GENERATED ALWAYS AS (left(password, 2)) VIRTUAL")
        .await;
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT id, name FROM patients").await, None);
    assert_eq!(clinic.state("raw", "SELECT hint FROM patients").await.as_deref(), DENIED);
    clinic.db.drop().await;
}
