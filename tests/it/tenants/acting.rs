//! The list of tenants, asked by the pool of their transactions.

use std::time::Duration;

use rolewright_core::ConnInfo;
use rolewright_sessions::{Tenants, tenant::OpenTenants};
use sea_orm::{ConnectionTrait as _, DbErr};

use super::module::{admin, applied, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pool_finds_tenants_and_is_told_why_not() {
    let host = applied().await;
    let app = start(&host).await;
    let life = app.tenants().unwrap();
    let ids = ["diku", "other", "third"].map(|id| id.parse().unwrap());
    life.add(&ids, false).await.unwrap();
    life.disable(&ids[1..2]).await.unwrap();
    life.purge(&ids[2..]).await.unwrap();
    admin(&host, "INSERT INTO rolewright.tenant (module, id, role, role_oid, bucket, state) VALUES ('{}', 'half', 'half_{}', 1, 1, 'adding')").await;
    let settings = app.settings();
    let (server, _) = ConnInfo::parse(&host.db.url()).unwrap();
    let pool = Tenants::open(OpenTenants {
        server,
        app: settings.app.clone(),
        directory: life.directory(),
        fresh: Duration::ZERO,
        pool: settings.pool,
        max_in_flight: 10,
        max_tenants: 100,
        statement_timeout: Duration::from_secs(20),
    });
    let diku = pool.get("diku").await.unwrap();
    let make = async || {
        diku.transaction(async |tx| {
            tx.execute_unprepared("CREATE TABLE IF NOT EXISTS t (a int)").await.map(|_| ())
        })
        .await
    };
    make().await.unwrap();
    for (id, why) in [
        ("nobody", "there is no such tenant"),
        ("half", "`rolewright tenant add half` finishes it"),
        ("other", "it is disabled"),
        ("third", "it was purged"),
    ] {
        let error = pool.get(id).await.unwrap_err();
        let said = format!("{error} {:?}", std::error::Error::source(&error).map(ToString::to_string));
        assert!(said.contains(why), "{id}: {said}");
    }
    // Somebody changes the module's password: it is set again, and the work is done.
    admin(&host, "ALTER ROLE _1_{} PASSWORD 'other'").await;
    admin(&host, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '_1_{}'").await;
    let mut outcome: Result<(), String> = Err(String::new());
    for _ in 0..3 {
        // The session that was ended may be given out once more.
        outcome =
            make().await.map_err(|error: rolewright_sessions::TransactionError<DbErr>| error.to_string());
        if outcome.is_ok() {
            break;
        }
    }
    outcome.unwrap();
    pool.close().await;
    app.drain().await;
    host.db.drop().await;
}
