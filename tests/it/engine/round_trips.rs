//! Round trips of provisioning, by the number of tables: they do not grow with it.

use std::time::{Duration, Instant};

use super::{
    crowd::admin,
    library::{migrated, settle},
};
use crate::{
    harness::{
        form::either,
        proxy::{Proxy, upstream},
    },
    server::cli::Host,
};

/// One line of the table.
struct Line {
    tables: u32,
    first: Cost,
    repair: Cost,
    look: Cost,
}

struct Cost {
    trips: u64,
    took: Duration,
    changes: usize,
}

/// One provision stage, counted.
async fn provision(host: &Host) -> Cost {
    let proxy = Proxy::watching(&upstream(&host.db.url()));
    let migrated = migrated(host, &proxy.url(&host.db.url())).await.unwrap();
    settle().await;
    let (before, started) = (proxy.round_trips(), Instant::now());
    let provisioned = migrated.provision().await.unwrap();
    let took = started.elapsed();
    settle().await;
    Cost { trips: proxy.round_trips() - before, took, changes: provisioned.outcome.unwrap().changes.len() }
}

async fn measure(tables: u32) -> Line {
    let host = Host::fresh().await;
    admin(
        &host,
        &format!(
            "DO $$ BEGIN FOR n IN 1..{tables} LOOP \
             EXECUTE format('CREATE TABLE public.a_table_with_a_name_of_usual_length_%s (id int, name text, secret text)', n); \
             EXECUTE format('ALTER TABLE public.a_table_with_a_name_of_usual_length_%s OWNER TO {{core}}', n); END LOOP; END $$"
        ),
    )
    .await;
    // Some tables are granted column by column, which no statement for many tables can do.
    let deny = "\"public.users.password\", \"public.a_table_with_a_name_of_usual_length_*0.secret\"";
    host.config(&host.default_config().replace("\"public.users.password\"", deny));
    drop(migrated(&host, &host.db.url()).await.unwrap());
    let first = provision(&host).await;
    admin(&host, "REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM {}_raw; ALTER ROLE {}_raw RESET ALL; ALTER ROLE {}_reporting NOLOGIN").await;
    let repair = provision(&host).await;
    let look = provision(&host).await;
    assert!(first.changes > 0 && repair.changes > 0 && look.changes == 0);
    Line { tables, first, repair, look }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn do_not_grow_with_the_number_of_tables() {
    let mut lines = Vec::new();
    for tables in either(vec![10, 100, 1000], vec![10, 300]) {
        lines.push(measure(tables).await);
    }
    println!(
        "| tables | first apply: changes, round trips, time | repair: changes, round trips, time | in sync: round trips, time |"
    );
    println!("|---|---|---|---|");
    for Line { tables, first, repair, look } in &lines {
        println!(
            "| {tables} | {}, {}, {:?} | {}, {}, {:?} | {}, {:?} |",
            first.changes,
            first.trips,
            first.took,
            repair.changes,
            repair.trips,
            repair.took,
            look.trips,
            look.took
        );
    }
    let (least, most) = (lines.first().unwrap(), lines.last().unwrap());
    // A message holds about 100 kB; a thousand tables' grants fill one, and the record of them begins the next.
    assert!(
        most.first.trips <= least.first.trips + 1,
        "a first apply: {} to {}",
        least.first.trips,
        most.first.trips
    );
    assert!(
        most.repair.trips <= least.repair.trips + 1,
        "a repair: {} to {}",
        least.repair.trips,
        most.repair.trips
    );
    assert_eq!(most.look.trips, least.look.trips);
}
