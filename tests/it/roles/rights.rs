//! Effective rights: what comes through PUBLIC is found, explained, and stops an apply from granting anything.

use rolewright_core::{Advice, Exit};
use rolewright_roles::{
    ProvisionError,
    matrix::Cell,
    verify::{ViolationKind, Why},
};

use super::fixture::Clinic;

#[tokio::test]
async fn rights_of_everyone_break_the_promise() {
    let clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    for (grant, revoke, kind) in [
        (
            "GRANT INSERT ON public.visits TO PUBLIC",
            "REVOKE INSERT ON TABLE \"public\".\"visits\" FROM PUBLIC",
            ViolationKind::Writable,
        ),
        (
            "GRANT SELECT ON public.access_tokens TO PUBLIC",
            "REVOKE SELECT ON TABLE \"public\".\"access_tokens\" FROM PUBLIC",
            ViolationKind::DeniedReadable,
        ),
        (
            "GRANT CREATE ON SCHEMA public TO PUBLIC",
            "REVOKE CREATE ON SCHEMA \"public\" FROM PUBLIC",
            ViolationKind::Creates,
        ),
        (
            "GRANT UPDATE ON SEQUENCE public.numbers TO PUBLIC",
            "REVOKE UPDATE ON TABLE \"public\".\"numbers\" FROM PUBLIC",
            ViolationKind::Writable,
        ),
    ] {
        clinic.admin(grant).await;
        let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
        let found = verified.violations.iter().find(|one| one.kind == kind && one.why == Why::Public);
        let found = found.unwrap_or_else(|| panic!("{grant}: {verified:?}"));
        assert_eq!(found.fix, revoke);
        clinic.admin(&found.fix).await;
        let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
        assert!(verified.violations.is_empty(), "{grant}: {verified:?}");
    }
    clinic.db.drop().await;
}

#[tokio::test]
async fn nothing_is_granted_while_a_promise_is_broken_but_what_is_too_much_goes() {
    let clinic = Clinic::new().await;
    clinic.sql("GRANT DELETE ON public.visits TO PUBLIC").await;
    let error = clinic.provision().await.unwrap_err();
    assert!(matches!(error, ProvisionError::Broken(_)), "{error}");
    assert_eq!(error.exit(), Exit::Broken);
    assert!(error.hint().unwrap().contains("FROM PUBLIC"));
    assert!(clinic.login("raw").await.is_err(), "no role was made");

    clinic.sql("REVOKE DELETE ON public.visits FROM PUBLIC").await;
    clinic.provision().await.unwrap();
    clinic.admin("GRANT DELETE ON public.visits TO PUBLIC; GRANT INSERT ON public.visits TO {}_raw; CREATE TABLE public.later (a int); ALTER TABLE public.later OWNER TO {core}").await;
    clinic.provision().await.unwrap_err();
    let plan = clinic.plan().await;
    assert_eq!(
        super::fixture::kinds(&plan),
        ["grant-select"],
        "the INSERT is gone, the new table waits: {plan:?}"
    );
    clinic.db.drop().await;
}

#[tokio::test]
async fn the_matrix_shows_who_reads_what() {
    let clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    let matrix = rolewright_roles::matrix(&clinic.core, &clinic.desired).await.unwrap();
    let cell = |relation: &str, role: usize| {
        let row =
            matrix.rows.iter().find(|row| format!("{}.{}", row.schema, row.relation) == relation).unwrap();
        row.cells[role].clone()
    };
    assert_eq!(matrix.roles, [clinic.name("raw"), clinic.name("reporting")]);
    assert_eq!(cell("public.visits", 0), Cell::Read);
    assert_eq!(cell("public.visits", 1), Cell::None);
    assert_eq!(cell("public.access_tokens", 0), Cell::Denied);
    assert_eq!(cell("public.patients", 0), Cell::Columns(vec!["id".to_owned(), "name".to_owned()]));
    assert_eq!(cell("reporting.daily", 1), Cell::Read);
    clinic.db.drop().await;
}

#[tokio::test]
async fn definer_functions_are_named() {
    let clinic = Clinic::new().await;
    clinic
        .sql("CREATE FUNCTION public.power() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'")
        .await;
    clinic.provision().await.unwrap();
    let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
    assert!(verified.warnings.iter().any(|one| one.kind == ViolationKind::DefinerRoutine), "{verified:?}");
    clinic.db.drop().await;
}
