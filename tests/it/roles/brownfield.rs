//! A cluster that was there before: roles made by others, adopted. Each obstacle is named with the statement that removes
//! it; the statement is run as an administrator would, and the next apply goes through.

use super::fixture::Clinic;

/// Applies until it goes through, doing as the administrator what is refused; gives the kinds that were refused.
async fn adopt(clinic: &mut Clinic) -> Vec<String> {
    let name = clinic.name("raw");
    clinic.desired.roles.get_mut(&name).unwrap().adopt = true;
    let mut kinds = Vec::new();
    for _ in 0..4 {
        let plan = clinic.plan().await;
        if plan.refusals.is_empty() {
            break;
        }
        clinic.provision().await.unwrap_err();
        kinds.extend(plan.refusals.iter().map(|one| one.kind.clone()));
        clinic.mend(&plan.refusals).await;
    }
    clinic.provision().await.unwrap();
    clinic.desired.roles.get_mut(&name).unwrap().adopt = false;
    assert!(clinic.plan().await.in_sync(), "ours from now on");
    assert_eq!(clinic.state("raw", "SELECT * FROM visits").await, None);
    let writes = clinic.state("raw", "BEGIN READ WRITE; DELETE FROM visits").await;
    assert_eq!(writes.as_deref(), Some("42501"));
    let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
    assert!(verified.violations.is_empty(), "{:?}", verified.violations);
    kinds
}

#[tokio::test]
async fn a_role_with_attributes() {
    let mut clinic = Clinic::new().await;
    clinic.admin("CREATE ROLE {}_raw NOLOGIN INHERIT CREATEDB CREATEROLE BYPASSRLS REPLICATION CONNECTION LIMIT 1 VALID UNTIL '2020-01-01' PASSWORD 'old'; ALTER ROLE {}_raw SET search_path = evil; COMMENT ON ROLE {}_raw IS 'the old one'").await;
    let kinds = adopt(&mut clinic).await;
    assert!(kinds.contains(&"attribute".to_owned()), "{kinds:?}");
    assert_eq!(kinds.contains(&"missing-admin".to_owned()), clinic.is_strict().await, "{kinds:?}");
    clinic.db.drop().await;
}

#[tokio::test]
async fn a_superuser_of_the_same_name() {
    let mut clinic = Clinic::new().await;
    clinic.admin("CREATE ROLE {}_raw SUPERUSER LOGIN").await;
    let kinds = adopt(&mut clinic).await;
    assert_eq!(kinds[0], "superuser");
    clinic.db.drop().await;
}

#[tokio::test]
async fn a_role_that_owns_things() {
    let mut clinic = Clinic::new().await;
    clinic.admin("CREATE ROLE {}_raw; CREATE SCHEMA theirs AUTHORIZATION {}_raw; CREATE TABLE public.mine (a int); ALTER TABLE public.mine OWNER TO {}_raw; DO $$ BEGIN EXECUTE format('ALTER LARGE OBJECT %s OWNER TO {}_raw', lo_create(0)); END $$; CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION public.f() OWNER TO {}_raw; ALTER DEFAULT PRIVILEGES FOR ROLE {}_raw GRANT SELECT ON TABLES TO PUBLIC").await;
    let kinds = adopt(&mut clinic).await;
    assert!(kinds.contains(&"owns-objects".to_owned()), "{kinds:?}");
    clinic.db.drop().await;
}

#[tokio::test]
async fn a_role_in_groups_and_a_group_itself() {
    let mut clinic = Clinic::new().await;
    clinic.admin("CREATE ROLE {}_group; CREATE ROLE {}_outer; CREATE ROLE {}_raw INHERIT; CREATE ROLE {}_friend; GRANT {}_outer TO {}_group; GRANT {}_group TO {}_raw WITH ADMIN OPTION; GRANT pg_write_all_data TO {}_outer; GRANT pg_read_all_settings TO {}_raw; GRANT {}_raw TO {}_friend; GRANT INSERT, UPDATE ON public.visits TO {}_group").await;
    let kinds = adopt(&mut clinic).await;
    if clinic.is_strict().await {
        assert!(kinds.contains(&"membership".to_owned()), "{kinds:?}");
    }
    clinic.db.drop().await;
}

#[tokio::test]
async fn a_role_with_rights_by_others() {
    let mut clinic = Clinic::new().await;
    clinic.admin("CREATE ROLE {}_raw; CREATE TABLE public.theirs (a int); GRANT ALL ON public.theirs TO {}_raw WITH GRANT OPTION; GRANT ALL ON public.visits, public.access_tokens TO {}_raw; GRANT TEMPORARY, CREATE ON DATABASE postgres TO {}_raw; GRANT EXECUTE ON FUNCTION pg_read_file(text) TO {}_raw; GRANT ALL ON TABLESPACE pg_default TO {}_raw; CREATE SCHEMA theirs; GRANT ALL ON SCHEMA theirs TO {}_raw; ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO {}_raw; SET ROLE {}_raw; GRANT SELECT ON public.theirs TO {core}; RESET ROLE").await;
    if clinic.version().await >= 150_000 {
        clinic.admin("GRANT SET, ALTER SYSTEM ON PARAMETER work_mem TO {}_raw").await;
    }
    let kinds = adopt(&mut clinic).await;
    assert!(kinds.contains(&"foreign-grant".to_owned()), "{kinds:?}");
    assert!(kinds.contains(&"foreign-default".to_owned()), "{kinds:?}");
    clinic.db.drop().await;
}
