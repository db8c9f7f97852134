//! Being a tenant costs no round trip.

use rolewright_core::ConnInfo;
use rolewright_sessions::{TenantTransaction, Tenants};
use sea_orm::ConnectionTrait as _;

use super::fixture::Module;
use crate::harness::proxy::{Proxy, upstream};

#[tokio::test]
async fn begin_work_commit() {
    let module = Module::of(&["diku"]).await;
    let url = module.db.admin_url();
    let proxy = Proxy::watching(&upstream(&url));
    let mut options = module.options(1);
    (options.server, _) = ConnInfo::parse(&proxy.url(&url)).unwrap();
    let diku = Tenants::open(options).get("diku").await.unwrap();
    let work = async |tx: &TenantTransaction| {
        let before = proxy.round_trips();
        tx.execute_unprepared("SELECT 1").await?;
        assert_eq!(proxy.round_trips() - before, 1);
        Ok::<_, sea_orm::DbErr>(before)
    };
    diku.transaction(work).await.unwrap();
    // The scrub comes after it, off the path, and the next one waits for it.
    let started =
        async |tx: &TenantTransaction| Ok::<_, sea_orm::DbErr>((proxy.round_trips(), tx.tenant().clone()));
    let (first, _) = diku.transaction(started).await.unwrap();
    let (second, _) = diku.transaction(started).await.unwrap();
    // From one work's beginning to the next one's: COMMIT with its question, then the scrub and, as one connection cannot stay
    // warm for one tenant, DEALLOCATE, both after the caller has its answer; and BEGIN with all that it sets.
    assert_eq!(second - first, 4);
}
