//! What is refused, with the statement that mends it, and that nothing is changed then.

use rolewright_core::{Advice, Exit};
use rolewright_roles::ProvisionError;

use super::fixture::Clinic;

/// Expects a refusal of this kind and gives its fix.
async fn refused(clinic: &Clinic, kind: &str) -> String {
    let log = rolewright_roles::log(&clinic.core, 1000).await.unwrap().len();
    let error = clinic.provision().await.unwrap_err();
    assert_eq!(error.exit(), Exit::NoPermission);
    let ProvisionError::Refused(refusals) = &error else { panic!("{error}") };
    let found = refusals.iter().find(|refusal| refusal.kind == kind);
    let found = found.unwrap_or_else(|| panic!("{kind}: {refusals:?}"));
    assert_eq!(rolewright_roles::log(&clinic.core, 1000).await.unwrap().len(), log, "something was changed");
    found.fix.clone()
}

#[tokio::test]
async fn a_role_of_somebody_else_until_it_is_adopted() {
    let mut clinic = Clinic::new().await;
    clinic.admin("CREATE ROLE {}_raw NOLOGIN; GRANT pg_write_all_data TO {}_raw; GRANT {}_raw TO {core} WITH ADMIN OPTION").await;
    let fix = refused(&clinic, "foreign-role").await;
    assert!(fix.contains("roles.raw.adopt = true"), "{fix}");
    let name = clinic.name("raw");
    clinic.desired.roles.get_mut(&name).unwrap().adopt = true;
    if clinic.is_strict().await {
        clinic.mend(&clinic.plan().await.refusals).await;
    }
    clinic.provision().await.unwrap();
    clinic.desired.roles.get_mut(&name).unwrap().adopt = false;
    assert!(clinic.plan().await.in_sync());
    assert_eq!(clinic.state("raw", "SELECT * FROM visits").await, None);
    clinic.db.drop().await;
}

#[tokio::test]
async fn a_role_of_another_installation() {
    let mut clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    clinic.desired.installation = uuid::Uuid::new_v4();
    refused(&clinic, "foreign-role").await;
    clinic.db.drop().await;
}

#[tokio::test]
async fn a_role_made_anew_by_hand_is_not_taken_for_ours() {
    let clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    clinic.admin("DROP OWNED BY {}_raw; DROP ROLE {}_raw; CREATE ROLE {}_raw").await;
    refused(&clinic, "foreign-role").await;
    clinic.db.drop().await;
}

#[tokio::test]
async fn attributes_that_core_may_not_take_away() {
    let clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    clinic.admin("ALTER ROLE {}_raw BYPASSRLS").await;
    let fix = refused(&clinic, "attribute").await;
    assert_eq!(fix, format!("ALTER ROLE \"{}\" WITH NOBYPASSRLS", clinic.name("raw")));
    clinic.admin("ALTER ROLE {}_raw NOBYPASSRLS SUPERUSER").await;
    refused(&clinic, "superuser").await;
    clinic.admin("ALTER ROLE {}_raw NOSUPERUSER").await;
    assert!(clinic.provision().await.unwrap().changes.is_empty());
    clinic.db.drop().await;
}

#[tokio::test]
async fn owned_objects_missing_schemas_and_missing_createrole() {
    let mut clinic = Clinic::new().await;
    let gone = clinic.role("gone", &["nowhere"], &[]);
    clinic.want("gone", &gone);
    let fix = refused(&clinic, "missing-schema").await;
    assert!(fix.contains("roles.gone.read"), "{fix}");
    let name = clinic.name("gone");
    clinic.desired = clinic.desired.without([name.as_str()]);

    clinic.admin("ALTER ROLE {core} NOCREATEROLE").await;
    refused(&clinic, "missing-createrole").await;
    clinic.admin("ALTER ROLE {core} CREATEROLE").await;
    clinic.provision().await.unwrap();

    clinic
        .admin("CREATE TABLE reporting.mine (a int); ALTER TABLE reporting.mine OWNER TO {}_reporting")
        .await;
    let fix = refused(&clinic, "owns-objects").await;
    assert!(fix.starts_with("REASSIGN OWNED BY"), "{fix}");
    clinic.db.drop().await;
}

#[tokio::test]
async fn a_grant_by_somebody_else_that_cannot_be_revoked() {
    let clinic = Clinic::new().await;
    clinic.admin("CREATE TABLE public.theirs (a int)").await;
    let done = clinic.provision().await.unwrap();
    assert!(
        done.findings
            .iter()
            .any(|finding| finding.kind == "ungrantable-table" && finding.object == "public.theirs"),
        "{:?}",
        done.findings
    );
    assert_eq!(clinic.state("raw", "SELECT * FROM visits").await, None, "the rest goes on");
    clinic.admin("GRANT INSERT ON public.theirs TO {}_raw").await;
    let fix = refused(&clinic, "foreign-grant").await;
    assert!(fix.starts_with("REVOKE INSERT ON TABLE \"public\".\"theirs\""), "{fix}");
    clinic.admin("REVOKE INSERT ON public.theirs FROM {}_raw").await;
    clinic
        .admin(
            "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {}_raw', current_database()); END $$",
        )
        .await;
    let fix = refused(&clinic, "foreign-grant").await;
    assert!(fix.starts_with("REVOKE CREATE ON DATABASE"), "{fix}");
    clinic.db.drop().await;
}

#[tokio::test]
async fn a_view_that_shows_a_denied_table_is_reported() {
    let clinic = Clinic::new().await;
    clinic.sql("CREATE VIEW public.inner_view AS SELECT token FROM public.access_tokens; CREATE VIEW public.outer_view AS SELECT * FROM public.inner_view").await;
    let plan = clinic.plan().await;
    let shown: Vec<&str> = plan
        .findings
        .iter()
        .filter(|finding| finding.kind == "shows-denied")
        .map(|finding| finding.object.as_str())
        .collect();
    assert_eq!(shown, ["public.inner_view", "public.outer_view"]);
    clinic.db.drop().await;
}

#[tokio::test]
async fn creators_need_core_to_be_their_member() {
    let mut clinic = Clinic::new().await;
    clinic.admin("CREATE ROLE {}_etl; GRANT CREATE, USAGE ON SCHEMA reporting TO {}_etl").await;
    let mut reporting = clinic.role("reporting", &["reporting"], &[]);
    reporting.future_tables = rolewright_core::settings::FutureTables::Immediately;
    reporting.creators = vec![rolewright_core::Ident::new(clinic.name("etl")).unwrap()];
    clinic.want("reporting", &reporting);
    let done = clinic.provision().await.unwrap();
    assert!(done.findings.iter().any(|finding| finding.kind == "creator-not-member"), "{:?}", done.findings);
    clinic.admin("GRANT {}_etl TO {core}").await;
    clinic.provision().await.unwrap();
    clinic.admin("SET ROLE {}_etl; CREATE TABLE reporting.made (a int); RESET ROLE").await;
    assert_eq!(clinic.state("reporting", "SELECT * FROM made").await, None);
    clinic.db.drop().await;
}

#[tokio::test]
async fn a_role_made_by_an_administrator_without_admin_for_core() {
    let mut clinic = Clinic::new().await;
    clinic.admin("CREATE ROLE {}_raw").await;
    let name = clinic.name("raw");
    clinic.desired.roles.get_mut(&name).unwrap().adopt = true;
    if clinic.is_strict().await {
        let fix = refused(&clinic, "missing-admin").await;
        assert_eq!(fix, format!("GRANT \"{name}\" TO \"{}\" WITH ADMIN OPTION", clinic.db.core_role()));
        clinic.admin(&fix).await;
    }
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT * FROM visits").await, None);
    clinic.db.drop().await;
}

#[tokio::test]
async fn a_database_closed_to_everyone_until_core_may_open_it() {
    let clinic = Clinic::new().await;
    let close =
        "DO $$ BEGIN EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database()); END $$";
    clinic.admin(close).await;
    clinic.admin("DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO {core}', current_database()); END $$").await;
    let fix = refused(&clinic, "ungrantable-database").await;
    clinic.admin(&fix).await;
    let done = clinic.provision().await.unwrap();
    assert!(done.changes.iter().any(|change| change.kind == "grant-connect"));
    clinic.login("raw").await.unwrap().close().await;
    assert!(clinic.plan().await.in_sync());
    clinic.db.drop().await;
}
