//! A start that finds everything as configured is a read: no lock, no DDL, nothing written, three round trips to look.

use std::{collections::BTreeMap, time::Duration};

use sqlx::{Connection, PgConnection, Row};

use super::library::{migrated, opened, settle};
use crate::{
    harness::{
        form::either,
        proxy::{Proxy, upstream},
    },
    server::cli::Host,
};

/// What the server counts of a database, by name; what changes by being looked at is left out.
type Counters = BTreeMap<String, i64>;

/// Rows written and dead, table by table, system tables included. What all databases
/// share is written by other tests' sessions too, so that there the rows' versions have to tell.
const TABLES: &str = "SELECT s.schemaname || '.' || s.relname AS name, n_tup_ins + n_tup_upd + n_tup_del AS written, n_dead_tup AS dead \
    FROM pg_stat_all_tables s JOIN pg_class c ON c.oid = s.relid WHERE NOT c.relisshared";

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
    let mut connection = PgConnection::connect(&host.db.admin_url()).await.unwrap();
    // A session reports the last of what it did when it ends.
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sqlx::query(end).execute(&mut connection).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
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

    let texts = proxy.texts();
    let writing: Vec<&String> = texts.iter().filter(|text| writes(text)).collect();
    println!(
        "in sync: {starts} starts in {took:?}, {} statements and {} round trips by the proxy; database: {:?}; tables: {:?}; {} writing",
        proxy.seen(),
        proxy.round_trips(),
        grown(&before.database, &after.database),
        grown(&before.tables, &after.tables),
        writing.len()
    );
    assert!(!texts.is_empty() && writing.is_empty(), "{writing:?}");
    // ANALYZE, which is autovacuum's, writes its statistics.
    let (analyzed, grown_tables): (Vec<_>, Vec<_>) = grown(&before.tables, &after.tables)
        .into_iter()
        .partition(|one| one.contains("pg_statistic") || one.contains("pg_toast_2619"));
    assert_eq!(grown_tables, Vec::<String>::new());
    assert_eq!(before.versions, after.versions, "a row has a new version");
    if analyzed.is_empty() {
        let others =
            grown(&before.database, &after.database).into_iter().filter(|one| !one.starts_with("xact_"));
        assert_eq!(others.collect::<Vec<_>>(), Vec::<String>::new());
    }
    // It is counted, so the counters can be believed: one drift, repaired, moves them.
    let mut core = PgConnection::connect(&host.db.url()).await.unwrap();
    sqlx::query("CREATE TABLE public.fresh (a int)").execute(&mut core).await.unwrap();
    opened(&host, &url).await.unwrap().drain().await;
    let repaired = observe(&host).await;
    assert_ne!(after.versions, repaired.versions);
    assert!(!grown(&after.tables, &repaired.tables).is_empty());
}

/// Whether a message locks, defines or writes: the first word of each of its statements tells.
fn writes(message: &str) -> bool {
    const WORDS: [&str; 14] = [
        "insert", "update", "delete", "merge", "create", "alter", "drop", "grant", "revoke", "comment",
        "lock", "truncate", "copy", "do",
    ];
    let first = |statement: &str| {
        statement.trim_start().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase()
    };
    message.contains("pg_advisory")
        || bare(message).split(';').any(|one| WORDS.contains(&first(one).as_str()))
}

/// The statements alone: comments and quoted texts may have any word in them.
fn bare(message: &str) -> String {
    let mut kept = String::new();
    let mut rest = message;
    while !rest.is_empty() {
        let (ends, skip) = match rest.as_bytes() {
            [b'/', b'*', ..] => ("*/", 2),
            [b'-', b'-', ..] => ("\n", 2),
            [b'\'', ..] => ("'", 1),
            _ => {
                let next = rest.char_indices().nth(1).map_or(rest.len(), |(at, _)| at);
                kept.push_str(&rest[..next]);
                rest = &rest[next..];
                continue;
            }
        };
        rest = rest[skip..].split_once(ends).map_or("", |(_, tail)| tail);
        kept.push(' ');
    }
    kept
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_provision_stage_takes_three_round_trips() {
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    let proxy = Proxy::watching(&upstream(&host.db.url()));
    let migrated = migrated(&host, &proxy.url(&host.db.url())).await.unwrap();
    settle().await;
    let (trips, texts, frames) = (proxy.round_trips(), proxy.texts().len(), proxy.frames().len());
    let provisioned = migrated.provision().await.unwrap();
    settle().await;
    // The last is the pool's own, after the stage.
    let stage = proxy.round_trips() - trips - 1;
    let sent: Vec<String> =
        proxy.texts().split_off(texts).iter().map(|text| text.chars().take(60).collect()).collect();
    let frames = proxy.frames().split_off(frames);
    println!("in sync: the provision stage took {stage} round trips ({frames}): {sent:?}");
    assert!(provisioned.outcome.unwrap().changes.is_empty());
    assert!(stage <= 3, "{stage} round trips ({frames}): {sent:?}");
}
