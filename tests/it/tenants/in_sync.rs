//! An upgrade that finds nothing to do: a look at each tenant, in so many round trips.

use super::module::{applied, configure, migrating};
use crate::{
    harness::proxy::{Proxy, upstream},
    server::cli::Host,
};

async fn trips(host: &Host, ids: &[&str]) -> u64 {
    let proxy = Proxy::watching(&upstream(&host.db.url()));
    let line = [&["tenant", "upgrade"][..], ids].concat();
    let said = host.run_with(&line, "", &[("DATABASE_URL", &proxy.url(&host.db.url()))]).await.exit(0);
    assert_eq!(said.out.matches("nothing to change").count(), ids.len(), "{}", said.out);
    proxy.round_trips()
}

#[tokio::test]
async fn one_more_tenant_costs_a_few_round_trips() {
    let host = applied().await;
    migrating(&host);
    configure(&host, "parallel = 1\n[tenancy.migrate]\nfolder = \"migrations\"");
    let ids = ["a", "b", "c", "d", "e", "f", "g", "h"];
    host.run(&[&["tenant", "add"][..], &ids].concat()).await.exit(0);
    let (few, all) = (trips(&host, &ids[..2]).await, trips(&host, &ids).await);
    let each = (all - few) / 6;
    println!("{each} round trips for one more tenant in sync");
    assert!(each <= MOST, "{each}: {few} for two, {all} for eight");
    host.db.drop().await;
}

/// So many it takes; what is to take more needs a reason.
const MOST: u64 = 41;
