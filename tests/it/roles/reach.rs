//! What a role can reach besides relations: each kind is found by the proof, and gone after its statement.

use std::time::Instant;

use rolewright_roles::verify::ViolationKind;

use super::fixture::Clinic;

/// Does something as the superuser, expects the kind, runs the fix, and expects nothing.
async fn found(clinic: &Clinic, drift: &str, kind: ViolationKind) {
    clinic.admin(drift).await;
    let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
    let found: Vec<_> = verified.violations.iter().filter(|one| one.kind == kind).collect();
    assert!(!found.is_empty(), "{drift}: {verified:?}");
    let mut fixes: Vec<&str> = found.iter().map(|one| one.fix.as_str()).collect();
    fixes.dedup();
    for fix in fixes {
        clinic.admin(fix).await;
    }
    // Settings of the database count from the next login on.
    let core = sqlx::PgPool::connect(&clinic.db.url()).await.unwrap();
    let db = sea_orm::SqlxPostgresConnector::from_sqlx_postgres_pool(core.clone());
    let verified = rolewright_roles::verify(&db, &clinic.desired).await.unwrap();
    core.close().await;
    assert!(verified.violations.is_empty(), "{drift}: {:?}", verified.violations);
}

#[tokio::test]
async fn large_objects_of_everyone_and_its_own() {
    let clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    found(&clinic, "DO $$ DECLARE l oid := lo_create(0); BEGIN EXECUTE format('GRANT UPDATE ON LARGE OBJECT %s TO PUBLIC', l); END $$", ViolationKind::Writable).await;
    found(&clinic, "DO $$ DECLARE l oid := lo_create(0); BEGIN EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO {}_raw', l); END $$", ViolationKind::UnaskedReadable).await;
    clinic.admin("DO $$ DECLARE l oid := lo_create(0); BEGIN EXECUTE format('ALTER LARGE OBJECT %s OWNER TO {}_raw', l); END $$").await;
    let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
    assert!(verified.violations.iter().any(|one| one.kind == ViolationKind::Writable), "{verified:?}");
    let plan = clinic.plan().await;
    assert_eq!(plan.refusals[0].kind, "owns-objects");
    clinic.mend(&plan.refusals).await;
    assert!(clinic.plan().await.refusals.is_empty());
    clinic.db.drop().await;
}

#[tokio::test]
async fn functions_that_nobody_may_call() {
    let clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    for function in ["pg_read_file(text)", "pg_ls_dir(text)", "lo_import(text)", "pg_reload_conf()"] {
        for whom in ["{}_raw", "PUBLIC"] {
            let drift = format!("GRANT EXECUTE ON FUNCTION {function} TO {whom}");
            found(&clinic, &drift, ViolationKind::PrivilegedRoutine).await;
        }
    }
    clinic.db.drop().await;
}

#[tokio::test]
async fn secrets_of_the_catalogs_and_rows_of_them() {
    let clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    found(&clinic, "GRANT SELECT ON pg_catalog.pg_authid TO PUBLIC", ViolationKind::UnaskedReadable).await;
    found(&clinic, "GRANT SELECT ON pg_catalog.pg_shadow TO {}_raw", ViolationKind::UnaskedReadable).await;
    found(&clinic, "GRANT UPDATE ON pg_catalog.pg_class TO PUBLIC", ViolationKind::Writable).await;
    clinic.db.drop().await;
}

#[tokio::test]
async fn databases_tablespaces_servers_and_parameters() {
    let clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    found(
        &clinic,
        "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {}_raw', current_database()); END $$",
        ViolationKind::Creates,
    )
    .await;
    found(&clinic, "GRANT CREATE ON DATABASE postgres TO {}_raw", ViolationKind::Creates).await;
    found(&clinic, "GRANT CREATE ON TABLESPACE pg_default TO {}_raw", ViolationKind::Creates).await;
    found(&clinic, "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; GRANT USAGE ON FOREIGN SERVER s TO PUBLIC", ViolationKind::Creates).await;
    found(&clinic, "GRANT USAGE ON FOREIGN DATA WRAPPER w TO {}_raw", ViolationKind::Creates).await;
    if clinic.version().await >= 150_000 {
        found(&clinic, "GRANT SET ON PARAMETER log_statement TO {}_raw", ViolationKind::Parameter).await;
        found(&clinic, "GRANT ALTER SYSTEM ON PARAMETER work_mem TO {}_raw", ViolationKind::Parameter).await;
    }
    clinic.admin("CREATE USER MAPPING FOR {}_raw SERVER s").await;
    clinic.provision().await.unwrap();
    let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
    let noted = |kind| verified.warnings.iter().filter(|one| one.kind == kind).count();
    assert_eq!(noted(ViolationKind::UserMapping), 1, "{verified:?}");
    assert_eq!(noted(ViolationKind::Temporary), 2);
    assert_eq!(noted(ViolationKind::Connects), 2, "one note a role, however many databases");
    clinic.db.drop().await;
}

#[tokio::test]
async fn a_thousand_tables_and_five_roles_are_proved_in_one_round_trip() {
    let mut clinic = Clinic::new().await;
    clinic.sql("DO $$ BEGIN FOR i IN 1..1000 LOOP EXECUTE format('CREATE TABLE public.t%s (a int, b int, password text)', i); END LOOP; END $$").await;
    for name in ["one", "two", "three"] {
        let mut role = clinic.role(name, &["public"], &["public.*.password", "public.*_tokens"]);
        role.new_tables = rolewright_core::settings::NewTables::Hold;
        clinic.want(name, &role);
    }
    let started = Instant::now();
    clinic.provision().await.unwrap();
    let applied = started.elapsed();
    let started = Instant::now();
    let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
    let proved = started.elapsed();
    let started = Instant::now();
    assert!(clinic.plan().await.in_sync());
    println!(
        "1,000 tables and 5 roles: applied in {} ms, proved in {} ms, planned in {} ms",
        applied.as_millis(),
        proved.as_millis(),
        started.elapsed().as_millis()
    );
    assert!(verified.violations.is_empty() && verified.readable[&clinic.name("one")].len() > 1000);
    assert!(proved.as_secs() < 20, "{proved:?}");
    clinic.db.drop().await;
}
