//! Fairness: a tenant that asks for everything leaves something for the others, and who waits too long is told.

use std::time::Duration;

use futures_util::future::join_all;
use rolewright_sessions::{TenantError, TenantTransaction, Tenants, TransactionError};
use sea_orm::{ConnectionTrait as _, DbErr};

use super::fixture::Module;

#[tokio::test]
async fn one_tenant_cannot_take_them_all() {
    let module = Module::of(&["greedy", "modest"]).await;
    let mut options = module.options(3);
    options.max_in_flight = 2;
    options.pool.acquire = Duration::from_secs(2);
    let tenants = Tenants::open(options);
    let (greedy, modest) = (tenants.get("greedy").await.unwrap(), tenants.get("modest").await.unwrap());
    let slow = async |tx: &TenantTransaction| tx.execute_unprepared("SELECT pg_sleep(6)").await;
    let many = join_all((0..6).map(|_| greedy.transaction(slow)));
    let meanwhile = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        for _ in 0..5 {
            modest.transaction(async |tx| tx.execute_unprepared("SELECT 1").await).await.unwrap();
        }
    };
    let (many, ()) = tokio::join!(many, meanwhile);
    let (served, refused): (Vec<_>, Vec<_>) = many.into_iter().partition(Result::is_ok);
    assert_eq!((served.len(), refused.len()), (2, 4));
    for error in refused {
        let busy =
            TenantError::Busy { tenant: greedy.id().clone(), limit: 2, waited: Duration::from_secs(2) };
        assert_eq!(error.unwrap_err(), TransactionError::Tenant(busy));
    }
}

#[tokio::test]
async fn connections_are_bounded_by_one_number() {
    let names: Vec<String> = (0..20).map(|number| format!("t{number}")).collect();
    let module = Module::of(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let tenants = module.open(3);
    let work = async |tx: &TenantTransaction| tx.execute_unprepared("SELECT pg_sleep(0.05)").await;
    let all = names.iter().cycle().take(100).map(async |name| {
        tenants.get(name).await.unwrap().transaction(work).await.unwrap();
        module.backends().await
    });
    let most = join_all(all).await.into_iter().max().unwrap();
    assert!(most <= 3, "{most} connections");
    tenants.close().await;
    module.settled(0).await;
    let refused = tenants.get("t1").await.unwrap().transaction(async |_| Ok::<_, DbErr>(())).await;
    assert_eq!(refused, Err(TransactionError::Tenant(TenantError::Closed)));
}
