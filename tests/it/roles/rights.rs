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
        let plan = clinic.plan().await;
        let refusal = plan.refusals.iter().find(|one| one.kind == "public-right");
        let refusal = refusal.unwrap_or_else(|| panic!("{grant}: {plan:?}"));
        assert_eq!(refusal.fix, revoke);
        let error = clinic.provision().await.unwrap_err();
        assert!(matches!(error, ProvisionError::Refused(_)), "{error}");
        clinic.admin(&found.fix).await;
        let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
        assert!(verified.violations.is_empty(), "{grant}: {verified:?}");
    }
    clinic.db.drop().await;
}

#[tokio::test]
async fn nothing_is_changed_while_everyone_may_write() {
    let clinic = Clinic::new().await;
    clinic.sql("GRANT DELETE ON public.visits TO PUBLIC").await;
    let error = clinic.provision().await.unwrap_err();
    assert!(matches!(error, ProvisionError::Refused(_)), "{error}");
    assert_eq!(error.exit(), Exit::NoPermission);
    assert_eq!(error.hint().unwrap(), "REVOKE DELETE ON TABLE \"public\".\"visits\" FROM PUBLIC");
    assert!(clinic.login("raw").await.is_err(), "no role was made");
    clinic.sql(&error.hint().unwrap()).await;
    clinic.provision().await.unwrap();
    clinic.db.drop().await;
}

/// Something that only the proof after an apply finds: a function that PostgreSQL lets nobody call, opened to everyone.
#[tokio::test]
async fn nothing_is_granted_while_a_promise_is_broken_but_what_is_too_much_goes() {
    let clinic = Clinic::new().await;
    clinic.admin("GRANT EXECUTE ON FUNCTION pg_read_file(text) TO PUBLIC").await;
    let error = clinic.provision().await.unwrap_err();
    assert!(matches!(error, ProvisionError::Broken(_)), "{error}");
    assert_eq!(error.exit(), Exit::Broken);
    assert!(error.hint().unwrap().contains("FROM PUBLIC"));
    assert!(clinic.login("raw").await.is_err(), "no role was made");

    clinic.admin(&error.hint().unwrap()).await;
    clinic.provision().await.unwrap();
    clinic.admin("GRANT EXECUTE ON FUNCTION pg_read_file(text) TO PUBLIC; GRANT INSERT ON public.visits TO {}_raw; CREATE TABLE public.later (a int); ALTER TABLE public.later OWNER TO {core}").await;
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
async fn definer_functions_that_may_write_are_refused_until_they_are_closed_or_listed() {
    let mut clinic = Clinic::new().await;
    clinic
        .sql(
            "CREATE FUNCTION public.power() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
             CREATE FUNCTION public.mask() RETURNS int LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT 1';
             CREATE SCHEMA hidden;
             CREATE FUNCTION hidden.power() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
             CREATE FUNCTION public.on_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END'",
        )
        .await;
    let error = clinic.provision().await.unwrap_err();
    let ProvisionError::Refused(refusals) = &error else { panic!("{error}") };
    assert_eq!(refusals.len(), 2, "everyone has USAGE on schema public: {refusals:?}");
    assert_eq!(refusals[0].kind, "definer-routine");
    assert_eq!(refusals[0].fix, "REVOKE EXECUTE ON ROUTINE public.power() FROM PUBLIC");

    let name = clinic.name("raw");
    let listed = rolewright_core::pattern::Read::parse("public.pow*").unwrap();
    for role in clinic.desired.roles.values_mut() {
        role.definer_functions = vec![listed.clone()];
    }
    clinic.provision().await.unwrap();
    clinic.sql(&format!("{}; GRANT EXECUTE ON FUNCTION public.power() TO {{}}_raw", refusals[0].fix)).await;
    assert!(clinic.plan().await.in_sync(), "a listed function may be granted");
    assert_eq!(clinic.state("raw", "SELECT public.power()").await, None);
    let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
    assert!(verified.violations.is_empty(), "{:?}", verified.violations);
    let warned: Vec<&str> = verified
        .warnings
        .iter()
        .filter(|one| one.kind == ViolationKind::DefinerRoutine && one.role == name)
        .map(|one| one.object.as_str())
        .collect();
    assert_eq!(warned, ["hidden.power()", "public.mask()"]);

    clinic.desired.roles.get_mut(&name).unwrap().definer_functions.clear();
    let plan = clinic.plan().await;
    assert_eq!(super::fixture::kinds(&plan), ["revoke"], "{plan:?}");
    let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
    assert!(verified.violations.iter().any(|one| one.kind == ViolationKind::DefinerRoutine), "{verified:?}");
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT public.power()").await.as_deref(), Some("42501"));
    clinic.db.drop().await;
}
