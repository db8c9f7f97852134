//! The first apply, the second, and what the roles can do between them.

use super::fixture::Clinic;

const DENIED: Option<&str> = Some("42501");

#[tokio::test]
async fn roles_log_in_read_what_they_may_and_write_nothing() {
    let clinic = Clinic::new().await;
    let done = clinic.provision().await.unwrap();
    assert!(done.changes.iter().any(|change| change.kind == "create-role"));
    assert!(done.changes.iter().all(|change| !change.sql.contains("SCRAM")));

    for (role, sql, state) in [
        ("reporting", "SELECT * FROM reporting.daily", None),
        ("reporting", "SELECT * FROM daily, names", None),
        ("reporting", "SELECT * FROM public.patients", DENIED),
        ("raw", "SELECT id, name FROM patients", None),
        ("raw", "SELECT password FROM patients", DENIED),
        ("raw", "SELECT * FROM patients", DENIED),
        ("raw", "SELECT * FROM access_tokens", DENIED),
        ("raw", "SELECT * FROM reporting.daily", DENIED),
        ("raw", "SELECT * FROM rolewright.local_system_secrets", DENIED),
        ("raw", "BEGIN READ WRITE; INSERT INTO visits VALUES (1)", DENIED),
        ("raw", "BEGIN READ WRITE; CREATE TABLE public.x (a int)", DENIED),
        ("raw", "BEGIN READ WRITE; SELECT nextval('public.numbers')", DENIED),
    ] {
        assert_eq!(clinic.state(role, sql).await.as_deref(), state, "{role}: {sql}");
    }
    clinic.db.drop().await;
}

#[tokio::test]
async fn the_second_apply_reads_and_writes_nothing() {
    let clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    let before = catalog_versions(&clinic).await;
    for _ in 0..5 {
        let again = clinic.provision().await.unwrap();
        assert!(again.changes.is_empty(), "{:?}", again.changes);
        assert_eq!((again.looks, again.attempts), (1, 0));
    }
    assert_eq!(before, catalog_versions(&clinic).await);
    assert!(clinic.plan().await.in_sync());
    clinic.db.drop().await;
}

/// Versions of every row that provisioning writes to, and how many transactions wrote anything.
async fn catalog_versions(clinic: &Clinic) -> String {
    sqlx::query_scalar(
        "SELECT concat_ws(' ',
            (SELECT string_agg(xmin::text, ',' ORDER BY oid) FROM pg_authid WHERE rolname LIKE $1 || '\\_%'),
            (SELECT string_agg(xmin::text, ',' ORDER BY oid) FROM pg_class WHERE relnamespace IN
                ('public'::regnamespace, 'reporting'::regnamespace, 'rolewright'::regnamespace)),
            (SELECT string_agg(xmin::text, ',' ORDER BY oid) FROM pg_namespace WHERE nspname !~ '^pg_'),
            (SELECT string_agg(xmin::text, ',' ORDER BY oid) FROM pg_default_acl),
            (SELECT string_agg(s.xmin::text, ',' ORDER BY setrole, setdatabase) FROM pg_db_role_setting s
                JOIN pg_authid a ON a.oid = s.setrole WHERE rolname LIKE $1 || '\\_%'),
            (SELECT count(*) FROM rolewright.provision_log))",
    )
    .bind(clinic.db.app())
    .fetch_one(&clinic.db.admin())
    .await
    .unwrap()
}

#[tokio::test]
async fn every_change_is_recorded_without_a_secret() {
    let clinic = Clinic::new().await;
    let done = clinic.provision().await.unwrap();
    let log = rolewright_roles::log(&clinic.core, 1000).await.unwrap();
    assert_eq!(log.len(), done.changes.len());
    for entry in &log {
        assert_eq!(entry.session_user, clinic.db.core_role());
        assert!(!entry.statement.contains("SCRAM-SHA-256") && entry.duration_us >= 0, "{entry:?}");
    }
    assert!(log.iter().any(|entry| entry.statement.contains("PASSWORD '***'")));
    clinic.db.drop().await;
}

#[tokio::test]
async fn a_new_table_is_readable_from_birth_or_at_the_next_apply_and_a_denied_one_never() {
    let clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    clinic.sql("CREATE TABLE reporting.fresh (a int); CREATE TABLE public.fresh (a int); CREATE TABLE public.new_tokens (a int)").await;
    assert_eq!(clinic.state("reporting", "SELECT * FROM fresh").await, None);
    assert_eq!(clinic.state("raw", "SELECT * FROM fresh").await.as_deref(), DENIED);
    let done = clinic.provision().await.unwrap();
    assert_eq!(done.changes.len(), 1, "{:?}", done.changes);
    assert_eq!(clinic.state("raw", "SELECT * FROM fresh").await, None);
    assert_eq!(clinic.state("raw", "SELECT * FROM new_tokens").await.as_deref(), DENIED);
    clinic.db.drop().await;
}

#[tokio::test]
async fn round_trips_and_statements_do_not_grow_with_tables() {
    let clinic = Clinic::new().await;
    clinic.sql("DO $$ BEGIN FOR i IN 1..1000 LOOP EXECUTE format('CREATE TABLE reporting.t%s (a int)', i); END LOOP; END $$").await;
    let done = clinic.provision().await.unwrap();
    let grants: Vec<_> = done.changes.iter().filter(|change| change.kind == "grant-select").collect();
    assert!(grants.len() <= 4, "{}", grants.len());
    assert!(clinic.provision().await.unwrap().changes.is_empty());
    clinic.db.drop().await;
}

#[tokio::test]
async fn another_secret_sets_another_password_and_the_old_one_is_refused() {
    let mut clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    let old = clinic.secret.clone();
    clinic.secret = rolewright_core::RoleSecret::new([8; 32]);
    assert!(clinic.login("raw").await.is_err());
    let done = clinic.provision().await.unwrap();
    assert_eq!(done.changes.iter().map(|change| change.kind).collect::<Vec<_>>(), ["set-password"; 2]);
    assert!(clinic.login("raw").await.is_ok());
    clinic.secret = old;
    assert!(clinic.login("raw").await.is_err());
    clinic.db.drop().await;
}

#[tokio::test]
async fn a_password_changed_by_hand_is_mended_on_demand() {
    let mut clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    clinic.admin("ALTER ROLE {}_raw PASSWORD 'something else'").await;
    assert!(clinic.login("raw").await.is_err());
    clinic.options.force_password.insert(clinic.name("raw"));
    clinic.provision().await.unwrap();
    assert!(clinic.login("raw").await.is_ok());
    clinic.db.drop().await;
}
