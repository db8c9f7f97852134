//! What somebody changed by hand comes back, each kind by itself, or is refused with the statement that mends it.

use rolewright_roles::ProvisionError;

use super::fixture::{Clinic, kinds};

/// Makes the drift as the superuser, sees it in the plan under its kind, applies, and sees nothing more. On 16 and later
/// a refusal will do as well, if the statement it names mends it.
async fn converges(drifts: &[(&str, &str)]) {
    let clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    for (drift, kind) in drifts {
        clinic.admin(drift).await;
        let plan = clinic.plan().await;
        if plan.refusals.is_empty() || !clinic.is_strict().await {
            assert!(kinds(&plan).contains(kind), "{drift}: {plan:?}");
        } else {
            clinic.provision().await.unwrap_err();
            clinic.mend(&plan.refusals).await;
        }
        clinic.provision().await.unwrap_or_else(|error| panic!("{drift}: {error}"));
        let plan = clinic.plan().await;
        assert!(plan.in_sync(), "{drift}: {plan:?}");
        let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
        assert!(verified.violations.is_empty(), "{drift}: {:?}", verified.violations);
    }
    clinic.db.drop().await;
}

/// Makes the drift as the superuser, sees it refused under its kind with nothing changed, runs the statements that are
/// named, applies, and sees nothing more.
async fn refused(drifts: &[(&str, &str)]) {
    let clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    for (drift, kind) in drifts {
        clinic.admin(drift).await;
        let plan = clinic.plan().await;
        assert!(plan.refusals.iter().any(|one| one.kind == *kind), "{drift}: {plan:?}");
        let before = rolewright_roles::log(&clinic.core, 1000).await.unwrap().len();
        let error = clinic.provision().await.unwrap_err();
        assert!(matches!(error, ProvisionError::Refused(_)), "{drift}: {error}");
        assert_eq!(rolewright_roles::log(&clinic.core, 1000).await.unwrap().len(), before, "{drift}");
        clinic.mend(&plan.refusals).await;
        clinic.provision().await.unwrap_or_else(|error| panic!("{drift}: {error}"));
        assert!(clinic.plan().await.in_sync(), "{drift}");
        let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
        assert!(verified.violations.is_empty(), "{drift}: {:?}", verified.violations);
    }
    clinic.db.drop().await;
}

#[tokio::test]
async fn attributes_and_settings() {
    converges(&[
        ("ALTER ROLE {}_raw NOLOGIN", "alter-role"),
        ("ALTER ROLE {}_raw INHERIT", "alter-role"),
        ("ALTER ROLE {}_raw CREATEDB", "alter-role"),
        ("ALTER ROLE {}_raw CREATEROLE", "alter-role"),
        ("ALTER ROLE {}_raw CONNECTION LIMIT 100", "alter-role"),
        ("ALTER ROLE {}_raw VALID UNTIL '2020-01-01'", "alter-role"),
        ("COMMENT ON ROLE {}_raw IS NULL", "comment"),
        ("COMMENT ON ROLE {}_raw IS 'the raw role'", "comment"),
        ("ALTER ROLE {}_raw SET search_path = evil, public", "set"),
        ("ALTER ROLE {}_raw SET default_transaction_read_only = off", "set"),
        ("ALTER ROLE {}_raw RESET ALL", "set"),
        ("ALTER ROLE {}_raw SET work_mem = '1GB'", "reset"),
        ("DO $$ BEGIN EXECUTE format('ALTER ROLE {}_raw IN DATABASE %I SET default_transaction_read_only = off', current_database()); END $$", "reset"),
        ("SET ROLE {core}; REVOKE {}_raw FROM {core}; RESET ROLE", "grant-membership"),
    ])
    .await;
}

#[tokio::test]
async fn memberships() {
    converges(&[
        ("GRANT pg_read_all_data TO {}_raw", "revoke-membership"),
        ("GRANT pg_write_all_data TO {}_raw", "revoke-membership"),
        ("GRANT {}_reporting TO {}_raw", "revoke-membership"),
        ("SET ROLE {core}; GRANT {}_reporting TO {}_raw; RESET ROLE", "revoke-membership"),
        ("CREATE ROLE {}_friend; GRANT {}_raw TO {}_friend WITH ADMIN OPTION", "revoke-membership"),
    ])
    .await;
}

#[tokio::test]
async fn rights_on_objects() {
    converges(&[
        ("GRANT INSERT, UPDATE ON public.visits TO {}_raw", "revoke"),
        ("GRANT SELECT ON public.access_tokens TO {}_raw", "revoke"),
        ("GRANT SELECT ON public.patients TO {}_raw", "revoke"),
        ("GRANT SELECT (password), UPDATE (name) ON public.patients TO {}_raw", "revoke"),
        ("GRANT SELECT (id) ON public.visits TO {}_raw", "revoke"),
        ("GRANT SELECT ON public.visits TO {}_raw WITH GRANT OPTION", "revoke"),
        ("REVOKE SELECT ON public.visits FROM {}_raw", "grant-select"),
        ("REVOKE SELECT (name) ON public.patients FROM {}_raw", "grant-columns"),
        ("GRANT USAGE ON SEQUENCE public.numbers TO {}_raw", "revoke"),
        ("GRANT CREATE ON SCHEMA public TO {}_raw", "revoke"),
        ("GRANT USAGE ON SCHEMA rolewright TO {}_raw; GRANT SELECT ON rolewright.local_system_secrets TO {}_raw", "revoke"),
        ("REVOKE USAGE ON SCHEMA public FROM {}_raw", "grant-schema"),
        ("CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION public.f() OWNER TO {core}; GRANT EXECUTE ON FUNCTION public.f() TO {}_raw", "revoke"),
        ("CREATE TYPE public.mood AS ENUM ('a'); ALTER TYPE public.mood OWNER TO {core}; GRANT USAGE ON TYPE public.mood TO {}_raw", "revoke"),
        ("DO $$ DECLARE l oid := lo_create(0); BEGIN EXECUTE format('ALTER LARGE OBJECT %s OWNER TO {core}; GRANT UPDATE ON LARGE OBJECT %s TO {}_raw', l, l); END $$", "revoke"),
        ("ALTER DEFAULT PRIVILEGES FOR ROLE {core} GRANT INSERT ON TABLES TO {}_raw", "revoke-default"),
        ("ALTER DEFAULT PRIVILEGES FOR ROLE {core} IN SCHEMA reporting REVOKE SELECT ON TABLES FROM {}_reporting", "default-privileges"),
        ("DROP SCHEMA reporting CASCADE; CREATE SCHEMA reporting AUTHORIZATION {core}; CREATE TABLE reporting.daily (a int); ALTER TABLE reporting.daily OWNER TO {core}", "default-privileges"),
    ])
    .await;
}

#[tokio::test]
async fn a_role_dropped_by_hand_comes_back() {
    let clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    clinic.admin("DROP OWNED BY {}_raw; DROP ROLE {}_raw").await;
    let plan = clinic.plan().await;
    assert!(kinds(&plan).contains(&"create-role"), "{plan:?}");
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT * FROM visits").await, None);
    clinic.db.drop().await;
}

#[tokio::test]
async fn rights_of_everyone() {
    refused(&[
        ("DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO PUBLIC', current_database()); END $$", "public-right"),
        ("GRANT CREATE ON SCHEMA reporting TO PUBLIC", "public-right"),
        ("GRANT CREATE ON SCHEMA rolewright TO PUBLIC", "public-right"),
        ("CREATE SCHEMA theirs; GRANT CREATE ON SCHEMA theirs TO PUBLIC", "public-right"),
        ("GRANT INSERT ON public.visits TO PUBLIC", "public-right"),
        ("GRANT UPDATE (id) ON public.visits TO PUBLIC", "public-right"),
        ("GRANT SELECT ON public.patients TO PUBLIC", "public-right"),
        ("GRANT SELECT (password) ON public.patients TO PUBLIC", "public-right"),
        ("GRANT SELECT ON rolewright.local_system_secrets TO PUBLIC", "public-right"),
        ("CREATE TABLE theirs.list (a int); GRANT DELETE ON theirs.list TO PUBLIC", "public-right"),
        ("GRANT USAGE ON SEQUENCE public.numbers TO PUBLIC", "public-right"),
        ("ALTER DEFAULT PRIVILEGES FOR ROLE {core} GRANT INSERT ON TABLES TO PUBLIC", "public-right"),
        ("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT UPDATE ON SEQUENCES TO PUBLIC", "public-right"),
        ("CREATE FUNCTION reporting.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; ALTER FUNCTION reporting.f() OWNER TO {core}", "definer-routine"),
        ("CREATE FUNCTION public.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'", "definer-routine"),
    ])
    .await;
}

#[tokio::test]
async fn rights_taken_from_everyone() {
    let clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    clinic.admin("REVOKE ALL ON SCHEMA public FROM PUBLIC; REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC").await;
    assert!(clinic.plan().await.in_sync(), "nobody lives by them");
    assert_eq!(clinic.state("raw", "SELECT * FROM visits").await, None);
    clinic.admin("DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC; GRANT CONNECT ON DATABASE %I TO {core} WITH GRANT OPTION', current_database(), current_database()); END $$").await;
    assert_eq!(kinds(&clinic.plan().await), ["grant-connect"]);
    clinic.provision().await.unwrap();
    assert!(clinic.plan().await.in_sync());
    assert_eq!(clinic.state("raw", "SELECT * FROM visits").await, None);
    clinic.db.drop().await;
}

#[tokio::test]
async fn what_only_an_administrator_may_take_away() {
    refused(&[
        ("ALTER ROLE {}_raw REPLICATION", "attribute"),
        ("ALTER ROLE {}_raw BYPASSRLS", "attribute"),
        ("ALTER ROLE {}_raw SUPERUSER", "superuser"),
        ("CREATE TABLE reporting.mine (a int); ALTER TABLE reporting.mine OWNER TO {}_reporting", "owns-objects"),
        ("GRANT EXECUTE ON FUNCTION pg_read_file(text) TO {}_raw", "foreign-grant"),
        ("GRANT CREATE ON TABLESPACE pg_default TO {}_raw", "foreign-grant"),
        ("DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO {}_raw', current_database()); END $$", "foreign-grant"),
        ("ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT SELECT ON TABLES TO {}_raw", "foreign-default"),
    ])
    .await;
}

#[tokio::test]
async fn schemas_that_were_dropped() {
    let clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    clinic.admin("DROP SCHEMA reporting CASCADE").await;
    let plan = clinic.plan().await;
    assert_eq!(plan.refusals[0].kind, "missing-schema", "{plan:?}");
    assert!(plan.refusals[0].fix.starts_with("CREATE SCHEMA \"reporting\""));
    clinic.provision().await.unwrap_err();
    clinic.sql("CREATE SCHEMA reporting; CREATE TABLE reporting.daily (a int)").await;
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("reporting", "SELECT * FROM daily").await, None);
    clinic.sql("CREATE TABLE reporting.later (a int)").await;
    assert_eq!(clinic.state("reporting", "SELECT * FROM later").await, None, "the default came back too");
    clinic.db.drop().await;
}
