//! A start that finds everything as configured is a read: no lock, no DDL, nothing written, three round trips to look.

use std::{collections::BTreeMap, time::Duration};

use sqlx::{Connection, PgConnection, Row};

use super::library::{migrated, opened};
use crate::{
    harness::{
        form::either,
        proxy::{Proxy, upstream},
    },
    server::cli::Host,
};

/// What the server counts of a database, by name; what changes by being looked at is left out.
type Counters = BTreeMap<String, i64>;

/// Rows written and dead, table by table, system tables included. `pg_statistic` is autovacuum's own to write.
const TABLES: &str = "SELECT schemaname || '.' || relname AS name, n_tup_ins + n_tup_upd + n_tup_del AS written, n_dead_tup AS dead \
    FROM pg_stat_all_tables WHERE relname NOT IN ('pg_statistic', 'pg_toast_2619')";

/// Every version of every row that provisioning could have written: none is newer than before.
const VERSIONS: &str = "
    SELECT md5(string_agg(version, ',' ORDER BY version)) FROM (
        SELECT 'class' || oid || xmin::text AS version FROM pg_class
        UNION ALL SELECT 'attribute' || attrelid || attnum || xmin::text FROM pg_attribute WHERE attacl IS NOT NULL
        UNION ALL SELECT 'namespace' || oid || xmin::text FROM pg_namespace
        UNION ALL SELECT 'default' || oid || xmin::text FROM pg_default_acl
        UNION ALL SELECT 'proc' || oid || xmin::text FROM pg_proc WHERE proacl IS NOT NULL
        UNION ALL SELECT 'authid' || oid || xmin::text FROM pg_authid WHERE starts_with(rolname, $1)
        UNION ALL SELECT 'member' || m.roleid || m.member || m.xmin::text FROM pg_auth_members m
            JOIN pg_authid r ON r.oid = m.roleid WHERE starts_with(r.rolname, $1)
        UNION ALL SELECT 'setting' || s.setrole || s.xmin::text FROM pg_db_role_setting s
            JOIN pg_authid r ON r.oid = s.setrole WHERE starts_with(r.rolname, $1)
        UNION ALL SELECT 'comment' || d.objoid || d.xmin::text FROM pg_shdescription d
            JOIN pg_authid r ON r.oid = d.objoid WHERE starts_with(r.rolname, $1)
        UNION ALL SELECT 'database' || oid || xmin::text FROM pg_database WHERE datname = current_database()
    ) AS rows";

struct Observed {
    database: Counters,
    tables: Counters,
    versions: String,
}

/// Waits for the server's statistics to settle, and reads them from sessions that write nothing.
async fn observe(host: &Host) -> Observed {
    // Sessions report what they did when they end, or once a second.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let mut connection = PgConnection::connect(&host.db.admin_url()).await.unwrap();
    let row = sqlx::query(
        "SELECT xact_commit, xact_rollback, tup_inserted, tup_updated, tup_deleted, deadlocks, temp_files \
         FROM pg_stat_database WHERE datname = current_database()",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    let names = [
        "xact_commit",
        "xact_rollback",
        "tup_inserted",
        "tup_updated",
        "tup_deleted",
        "deadlocks",
        "temp_files",
    ];
    let database = names.iter().map(|name| ((*name).to_owned(), row.get(*name))).collect();
    let mut tables = Counters::new();
    for row in sqlx::query(TABLES).fetch_all(&mut connection).await.unwrap() {
        let name: String = row.get("name");
        tables.insert(format!("{name} written"), row.get("written"));
        tables.insert(format!("{name} dead"), row.get("dead"));
    }
    let versions = sqlx::query_scalar(VERSIONS)
        .bind(format!("{}_", host.db.app()))
        .fetch_one(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    Observed { database, tables, versions }
}

/// What grew; a vacuum meanwhile may take dead rows away.
fn grown(before: &Counters, after: &Counters) -> Vec<String> {
    after
        .iter()
        .map(|(name, now)| (name, now - before.get(name).copied().unwrap_or_default()))
        .filter(|(_, more)| *more > 0)
        .map(|(name, more)| format!("{name} +{more}"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_starts_write_nothing() {
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    let starts = either(100, 10);
    let before = observe(&host).await;
    let proxy = Proxy::watching(&upstream(&host.db.url()));
    let url = proxy.url(&host.db.url());
    let started = std::time::Instant::now();
    for _ in 0..starts {
        let provisioned = migrated(&host, &url).await.unwrap().provision().await.unwrap();
        let done = provisioned.outcome.as_ref().unwrap();
        assert_eq!((done.attempts, done.changes.len()), (0, 0));
        provisioned.verify().await.unwrap().open().await.unwrap().drain().await;
    }
    let took = started.elapsed();
    let after = observe(&host).await;

    // A statement that writes, defines or locks begins with one of these words, once its leading comment is away.
    let texts = proxy.texts();
    let words = [
        "insert", "update", "delete", "merge", "create", "alter", "drop", "grant", "revoke", "comment",
        "lock", "truncate", "copy", "do",
    ];
    let writes: Vec<&String> = texts
        .iter()
        .filter(|text| {
            text.contains("pg_advisory")
                || text.split(';').any(|one| words.contains(&first_word(one).as_str()))
        })
        .collect();
    println!(
        "in sync: {starts} starts in {took:?}, {} statements and {} round trips by the proxy; database: {:?}; tables: {:?}; {} writing",
        proxy.seen(),
        proxy.round_trips(),
        grown(&before.database, &after.database),
        grown(&before.tables, &after.tables),
        writes.len()
    );
    assert!(!texts.is_empty() && writes.is_empty(), "{writes:?}");
    assert_eq!(grown(&before.tables, &after.tables), Vec::<String>::new());
    assert_eq!(before.versions, after.versions, "a row has a new version");
    assert!(grown(&before.database, &after.database).iter().all(|one| one.starts_with("xact_")));
    // It is counted, so the counters can be believed: one drift, repaired, moves them.
    sqlx::query("CREATE TABLE public.fresh (a int)").execute(&host.db.core()).await.unwrap();
    opened(&host, &url).await.unwrap().drain().await;
    let repaired = observe(&host).await;
    assert_ne!(after.versions, repaired.versions);
    assert!(!grown(&after.tables, &repaired.tables).is_empty());
}

/// The first word of a statement in lower case, behind its comments.
fn first_word(statement: &str) -> String {
    let mut rest = statement.trim_start();
    loop {
        if let Some(tail) = rest.strip_prefix("/*") {
            rest = tail.split_once("*/").map_or("", |(_, tail)| tail).trim_start();
        } else if rest.starts_with("--") {
            rest = rest.split_once('\n').map_or("", |(_, tail)| tail).trim_start();
        } else {
            return rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_provision_stage_takes_three_round_trips() {
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    let proxy = Proxy::watching(&upstream(&host.db.url()));
    let migrated = migrated(&host, &proxy.url(&host.db.url())).await.unwrap();
    let (trips, texts) = (proxy.round_trips(), proxy.texts().len());
    let provisioned = migrated.provision().await.unwrap();
    let stage = proxy.round_trips() - trips;
    let sent: Vec<String> =
        proxy.texts().split_off(texts).iter().map(|text| text.chars().take(60).collect()).collect();
    println!("in sync: the provision stage took {stage} round trips: {sent:?}");
    assert!(provisioned.outcome.unwrap().changes.is_empty());
    assert!(stage <= 3, "{stage} round trips: {sent:?}");
}
