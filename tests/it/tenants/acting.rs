//! The application as a tenant: from `rolewright tenant add` to a transaction that is the tenant's, and back to a refusal.

use rolewright::sessions::{TenantError, TenantTransaction, TransactionError, tenant::Unavailable};
use sea_orm::{ConnectionTrait as _, DbErr};

use super::module::{admin, applied, configure, file, migrating, number, start};
use crate::acting::fixture::value;

fn refused(error: TransactionError<DbErr>) -> Unavailable {
    match error {
        TransactionError::Tenant(TenantError::Unavailable { why, .. }) => why,
        error => panic!("{error}"),
    }
}

#[tokio::test]
async fn from_added_to_purged() {
    let host = applied().await;
    configure(&host, "fresh = \"1h\"\n[tenancy.migrate]\nfolder = \"migrations\"");
    std::fs::create_dir_all(host.folder.path().join("migrations")).unwrap();
    file(&host, "001_wards.sql", "CREATE TABLE ward (id int PRIMARY KEY, name text);");
    host.run(&["tenant", "add", "diku", "oslo"]).await.exit(0);
    let app = start(&host).await;
    let add = async |tx: &TenantTransaction| {
        tx.execute_unprepared("INSERT INTO ward VALUES (1, current_schema())").await
    };
    for id in ["diku", "oslo"] {
        app.tenant(id).await.unwrap().transaction(add).await.unwrap();
    }
    let own = "SELECT count(*) FROM diku_{}.ward, oslo_{}.ward o WHERE ward.name LIKE 'diku%' AND o.name LIKE 'oslo%'";
    assert_eq!(number(&host, own).await, 1);

    // New passwords: sessions that are open go on, and new ones log in with what derives from the new secret.
    host.run(&["secret", "rotate-roles"]).await.exit(0);
    let diku = app.tenant("diku").await.unwrap();
    let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '_1_{}'";
    number(&host, kill).await;
    let count = async |tx: &TenantTransaction| value(tx, "SELECT count(*)::text FROM ward").await;
    assert_eq!(diku.transaction(count).await.unwrap(), "1");

    // Somebody changes the module's password: it is set again, and the work is done.
    admin(&host, "ALTER ROLE _1_{} PASSWORD 'other'").await;
    number(&host, kill).await;
    assert_eq!(diku.transaction(count).await.unwrap(), "1");

    // However long a process may go on with what it knows, the server refuses at once.
    host.run(&["tenant", "disable", "diku"]).await.exit(0);
    assert_eq!(refused(diku.transaction(count).await.unwrap_err()), Unavailable::Disabled);
    host.run(&["tenant", "enable", "diku"]).await.exit(0);
    assert_eq!(diku.transaction(count).await.unwrap(), "1");
    host.run(&["tenant", "purge", "diku", "--yes"]).await.exit(0);
    assert_eq!(refused(diku.transaction(count).await.unwrap_err()), Unavailable::Purged);
    let error = app.tenant("nobody").await.unwrap_err();
    assert!(matches!(error, TenantError::Unavailable { why: Unavailable::Unknown, .. }), "{error}");
    assert_eq!(app.tenant("oslo").await.unwrap().transaction(count).await.unwrap(), "1");
    app.drain().await;
    let left = "SELECT count(*) FROM pg_stat_activity WHERE usename LIKE '\\_%\\_{}'";
    for _ in 0..100 {
        if number(&host, left).await == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(number(&host, left).await, 0, "sessions of the module are left");
    host.db.drop().await;
}

#[tokio::test]
async fn one_that_is_half_made_is_not_worked_for() {
    let host = applied().await;
    migrating(&host);
    file(&host, "002_fails.sql", "SELECT 1 / 0;");
    host.run(&["tenant", "add", "diku"]).await.exit(6);
    let app = start(&host).await;
    let error = app.tenant("diku").await.unwrap_err();
    assert!(matches!(error, TenantError::Unavailable { why: Unavailable::Unfinished(_), .. }), "{error}");
    app.drain().await;
    host.db.drop().await;
}
