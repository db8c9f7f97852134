//! Several at once, and a lock that somebody sits on.

use std::{sync::Arc, time::Duration};

use rolewright_roles::ProvisionError;
use sea_orm::SqlxPostgresConnector;
use sqlx::postgres::PgPoolOptions;

use super::fixture::Clinic;

#[tokio::test(flavor = "multi_thread")]
async fn eight_first_starts_at_once_do_the_work_once() {
    let clinic = Arc::new(Clinic::new().await);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let clinic = Arc::clone(&clinic);
        tasks.spawn(async move {
            let pool = PgPoolOptions::new().max_connections(2).connect(&clinic.db.url()).await.unwrap();
            let core = SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
            let done =
                rolewright_roles::provision(&core, &clinic.desired, &clinic.secret, &clinic.options).await;
            pool.close().await;
            done.unwrap().changes.len()
        });
    }
    let counts = tasks.join_all().await;
    let log = rolewright_roles::log(&clinic.core, 1000).await.unwrap();
    assert_eq!(counts.iter().filter(|count| **count > 0).count(), 1, "{counts:?}");
    assert_eq!(counts.iter().sum::<usize>(), log.len());
    assert!(clinic.login("raw").await.is_ok() && clinic.login("reporting").await.is_ok());
    Arc::into_inner(clinic).unwrap().db.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn installations_in_several_databases_of_one_cluster_do_not_fail_each_other() {
    let mut clinics = Vec::new();
    for _ in 0..3 {
        clinics.push(Arc::new(Clinic::new().await));
    }
    let mut tasks = tokio::task::JoinSet::new();
    for clinic in clinics.iter().flat_map(|clinic| std::iter::repeat_n(clinic, 4)) {
        let clinic = Arc::clone(clinic);
        tasks.spawn(async move {
            let pool = PgPoolOptions::new().max_connections(1).connect(&clinic.db.url()).await.unwrap();
            let core = SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
            let done =
                rolewright_roles::provision(&core, &clinic.desired, &clinic.secret, &clinic.options).await;
            pool.close().await;
            done.unwrap()
        });
    }
    let done = tasks.join_all().await;
    assert_eq!(done.iter().filter(|one| !one.changes.is_empty()).count(), 3);
    for clinic in clinics {
        assert!(clinic.plan().await.in_sync());
        assert!(clinic.login("raw").await.is_ok());
        Arc::into_inner(clinic).unwrap().db.drop().await;
    }
}

#[tokio::test]
async fn a_stuck_holder_is_named() {
    let mut clinic = Clinic::new().await;
    clinic.options.lock_timeout = Duration::from_millis(300);
    let mut holder = clinic.db.core().begin().await.unwrap();
    sqlx::query("SELECT set_config('application_name', 'the-sitter', false), pg_advisory_xact_lock($1)")
        .bind(rolewright_roles::LOCK_KEY)
        .execute(&mut *holder)
        .await
        .unwrap();
    let error = clinic.provision().await.unwrap_err();
    let ProvisionError::Busy { holder: named, .. } = &error else { panic!("{error}") };
    assert!(named.contains("the-sitter") && named.contains(&clinic.db.core_role()), "{named}");
    holder.rollback().await.unwrap();
    clinic.provision().await.unwrap();
    clinic.db.drop().await;
}

#[tokio::test]
async fn a_managed_roles_backend_that_holds_the_lock_is_ended() {
    let mut clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    clinic.options.lock_timeout = Duration::from_millis(300);
    let report = clinic.login("raw").await.unwrap();
    sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(rolewright_roles::LOCK_KEY)
        .execute(&report)
        .await
        .unwrap();
    clinic.sql("CREATE TABLE public.more (a int)").await;
    let done = clinic.provision().await.unwrap();
    assert_eq!(done.changes.len(), 1);
    clinic.db.drop().await;
}
