//! An attack that is killed in the middle and run again leaves nothing behind: every catalog is as it was. One that is told to stop leaves
//! nothing in the first place.

use std::{collections::BTreeMap, process::Command, time::Duration};

use sqlx::AssertSqlSafe;

use super::fixture;
use crate::server::cli::Host;

/// Classes whose attempts leave most behind until it is put back.
const CLASSES: [&str; 3] = ["--class=large-object", "--class=self-password", "--class=self-attrs"];

#[tokio::test(flavor = "multi_thread")]
async fn killed_anywhere_and_run_again_nothing_is_left() {
    let host = fixture::host().await;
    host.run(&["apply"]).await.exit(0);
    let args = [&["attack", "--way=simple", "--anyway"][..], &CLASSES].concat();
    host.run(&args).await.exit(0);
    let before = catalogs(&host).await;
    for wait in [40, 400] {
        let mut child = host.command(&args).spawn().unwrap();
        // Until the role works, and then a little longer.
        while !works(&host).await {
            assert!(child.try_wait().unwrap().is_none(), "it ended before it began");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(wait)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        // Its sessions end when the server notices, at the latest with their next answer.
        while works(&host).await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mut again = host.run(&args).await;
        if again.code == 2 && again.err.contains("--tidy") {
            again = host.run(&[&args[..], &["--tidy"]].concat()).await;
        }
        if again.code != 0 {
            again.fails(2, "not as configured", "rolewright apply");
            host.run(&["apply"]).await.exit(0);
            host.run(&args).await.exit(0);
        }
        let after = catalogs(&host).await;
        let differ: Vec<_> = before.keys().filter(|name| before.get(*name) != after.get(*name)).collect();
        assert!(differ.is_empty() && before.len() == after.len(), "killed after {wait} ms: {differ:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_puts_everything_back_and_tells_what_it_tried() {
    let host = fixture::host().await;
    host.run(&["apply"]).await.exit(0);
    let before = catalogs(&host).await;
    let own = "SELECT count(*) FROM pg_namespace WHERE nspname = 'attack_by_rolewright'";
    let large = "SELECT count(*) FROM pg_largeobject_metadata";
    let of_its_own = ["--class=row-oracle", "--way=simple"];
    for (signal, classes, begun) in [("-TERM", &of_its_own[..], own), ("-INT", &CLASSES, large)] {
        let args = [&["attack", "--anyway", "--format=json"][..], classes].concat();
        let admin = host.db.admin();
        let there = || async { sqlx::query_scalar::<_, i64>(begun).fetch_one(&admin).await.unwrap() };
        let at_first = there().await;
        let mut child = host.command(&args).spawn().unwrap();
        while there().await == at_first {
            assert!(child.try_wait().unwrap().is_none(), "it ended before it began");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let said = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
        let err = String::from_utf8_lossy(&said.stderr);
        assert_eq!(said.status.code(), Some(130), "{signal}: {err}");
        assert!(err.contains("what it changed is put back, and the rest is not tried"), "{err}");
        let told: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
        assert!(told["untried"].as_u64().unwrap() > 0, "{told}");
        let after = catalogs(&host).await;
        let differ: Vec<_> = before.keys().filter(|name| before.get(*name) != after.get(*name)).collect();
        assert!(differ.is_empty() && before.len() == after.len(), "{signal}: {differ:?}");
    }
    host.run(&["check"]).await.exit(0);
    host.db.drop().await;
}

async fn works(host: &Host) -> bool {
    let sql = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE usename = $1)";
    sqlx::query_scalar(sql).bind(host.role("raw")).fetch_one(&host.db.admin()).await.unwrap()
}

/// Every catalog of this database, by content. Of those that the whole cluster shares only what is this test's; grants and settings are
/// given again in another order or under another number, statistics change by themselves.
async fn catalogs(host: &Host) -> BTreeMap<String, String> {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND NOT relisshared \
         AND relname NOT IN ('pg_statistic', 'pg_statistic_ext_data', 'pg_depend', 'pg_class', 'pg_default_acl', 'pg_init_privs')",
    )
    .fetch_all(&host.db.admin())
    .await
    .unwrap();
    let app = host.db.app();
    let own = |table: &str, of: &str, row: &str| {
        (table.to_owned(), format!("SELECT {row} AS line FROM {table} t WHERE {of} LIKE '{app}%'"))
    };
    let acl = "(SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(relacl) a)";
    let mut all: Vec<(String, String)> = names
        .iter()
        .map(|name| (name.clone(), format!("SELECT (to_jsonb(t) - '{{nspacl,attacl,proacl,typacl,lanacl}}'::text[])::text AS line FROM {name} t")))
        .collect();
    all.extend([
        own("pg_authid", "rolname", "t::text"),
        own("pg_auth_members", "member::regrole::text", "concat_ws(' ', roleid, member, admin_option)"),
        own("pg_db_role_setting", "setrole::regrole::text", "concat_ws(' ', setdatabase, setrole, setconfig)"),
        own("pg_prepared_xacts", "owner::text", "gid"),
        (
            "pg_class".to_owned(),
            format!(
                "SELECT concat_ws(' ', oid, relname, relowner, relkind, relnatts, relrowsecurity, {acl}) AS line FROM pg_class \
                 WHERE relpersistence <> 't' AND relnamespace::regnamespace::text !~ '^pg_toast'"
            ),
        ),
        (
            "pg_default_acl".to_owned(),
            "SELECT concat_ws(' ', defaclrole, defaclnamespace, defaclobjtype, defaclacl) AS line FROM pg_default_acl".to_owned(),
        ),
    ]);
    let mut state = BTreeMap::new();
    for (name, lines) in all {
        let sql = format!(
            "SELECT coalesce(md5(string_agg(line, E'\\n' ORDER BY line)), '') FROM ({lines}) AS lines"
        );
        let md5: String = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&host.db.admin()).await.unwrap();
        state.insert(name, md5);
    }
    state
}
