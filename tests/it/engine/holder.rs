//! A session that sits on the provisioning lock: it is named, or, where it is a managed role's, ended.

use std::time::{Duration, Instant};

use rolewright_roles::LOCK_KEY;
use sqlx::{Connection, PgConnection};

use super::crowd::admin;
use crate::server::cli::Host;

/// Something to repair, so that the lock is needed.
const DRIFT: &str = "ALTER ROLE {}_raw CONNECTION LIMIT 77";

async fn provisioned() -> Host {
    let host = Host::fresh().await;
    let config = host.default_config().replace("\"2s\"", "\"60s\"");
    host.config(&format!("{config}[start]\nlock_timeout = \"1s\"\n"));
    host.run(&["apply"]).await.exit(0);
    host
}

/// Waits until somebody holds the lock.
async fn held(host: &Host) {
    let started = Instant::now();
    let sql = "SELECT count(*) > 0 FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE d.datname = current_database() \
               AND l.locktype = 'advisory' AND l.granted AND (l.classid::bigint << 32) | l.objid::bigint = $1";
    while !sqlx::query_scalar::<_, bool>(sql).bind(LOCK_KEY).fetch_one(&host.db.admin()).await.unwrap() {
        assert!(started.elapsed() < Duration::from_secs(20), "nobody took the lock");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_session_of_cores_is_named() {
    let host = provisioned().await;
    let mut holder = PgConnection::connect(&host.db.url()).await.unwrap();
    let pid: i32 = sqlx::query_scalar(
        "SELECT pg_backend_pid() FROM set_config('application_name', 'the-sitter', false)",
    )
    .fetch_one(&mut holder)
    .await
    .unwrap();
    sqlx::query("SELECT pg_advisory_lock($1)").bind(LOCK_KEY).execute(&mut holder).await.unwrap();

    // In sync, nobody needs the lock.
    assert_eq!(host.run(&["apply"]).await.exit(0).out, "nothing to change\n");
    admin(&host, DRIFT).await;
    let started = Instant::now();
    let said = host.run(&["apply"]).await.fails(69, "the-sitter", "");
    assert!(started.elapsed() < Duration::from_secs(10), "it waited for {:?}", started.elapsed());
    assert!(said.err.contains(&pid.to_string()) && said.err.contains(&host.db.core_role()), "{}", said.err);
    println!("a stuck holder is named, exit 69: {}", said.err.trim());
    host.run(&["check"]).await.exit(2);

    // It was left alone: it is not ours to end.
    sqlx::query("SELECT pg_advisory_unlock($1)").bind(LOCK_KEY).execute(&mut holder).await.unwrap();
    host.run(&["apply"]).await.exit(0);
    host.run(&["check"]).await.exit(0);
}

#[tokio::test]
async fn a_managed_roles_login_is_ended() {
    let host = provisioned().await;
    let url = host.run(&["url", "raw"]).await.exit(0).out;
    let mut login = PgConnection::connect(url.trim()).await.unwrap();
    sqlx::query("SELECT pg_advisory_lock($1)").bind(LOCK_KEY).execute(&mut login).await.unwrap();
    admin(&host, DRIFT).await;
    host.run(&["apply"]).await.exit(0);
    host.run(&["check"]).await.exit(0);
    assert!(sqlx::query("SELECT 1").execute(&mut login).await.is_err(), "the login's session lives on");
}

/// A report cannot take the lock: the check refuses the text. A program with the role's password can, in a statement that still runs.
#[tokio::test]
async fn a_managed_roles_running_statement_is_ended() {
    let host = provisioned().await;
    let report = format!("SELECT pg_advisory_lock({LOCK_KEY})::text");
    host.run(&["query", "--as", "role:raw", &report]).await.fails(5, "pg_advisory_lock", "");

    let url = host.run(&["url", "raw"]).await.exit(0).out;
    let mut login = PgConnection::connect(url.trim()).await.unwrap();
    let sql = "SELECT pg_advisory_lock($1), pg_sleep(50)";
    let running = sqlx::query(sql).bind(LOCK_KEY).execute(&mut login);
    let repair = async {
        held(&host).await;
        admin(&host, DRIFT).await;
        let started = Instant::now();
        (host.run(&["apply"]).await, started.elapsed())
    };
    let started = Instant::now();
    let (statement, (repair, took)) = tokio::join!(running, repair);
    repair.exit(0);
    assert!(took < Duration::from_secs(15), "the repair took {took:?}");
    assert!(
        statement.is_err() && started.elapsed() < Duration::from_secs(40),
        "the statement ran to its end: {statement:?}"
    );
    host.run(&["check"]).await.exit(0);
}

/// Nobody needs this lock but migrations and `migrate.command`; whoever sits on it is named within the bound, or ended.
#[tokio::test]
async fn a_managed_role_on_the_migration_lock() {
    let host = provisioned().await;
    let config = std::fs::read_to_string(host.folder.path().join("rolewright.toml")).unwrap();
    host.config(&format!("{config}[migrate]\ncommand = [\"true\"]\n"));
    let url = host.run(&["url", "raw"]).await.exit(0).out;
    let mut login = PgConnection::connect(url.trim()).await.unwrap();
    sqlx::query("SELECT pg_advisory_lock(x'524f4c45'::int, 1)").execute(&mut login).await.unwrap();
    let started = Instant::now();
    let said = host.run(&["apply"]).await;
    assert!(started.elapsed() < Duration::from_secs(10), "it waited for {:?}", started.elapsed());
    println!("a managed role on the migration lock: exit {}, {}", said.code, said.err.trim());
    if said.code != 0 {
        said.fails(69, &host.role("raw"), "");
    }
    login.close().await.unwrap();
    host.run(&["apply"]).await.exit(0);
}

/// A login may change its own settings, and leave that transaction open: its rows' locks are in the way like any other.
#[tokio::test]
async fn a_managed_roles_open_transaction_is_ended() {
    let host = provisioned().await;
    let url = host.run(&["url", "raw"]).await.exit(0).out;
    let mut login = PgConnection::connect(url.trim()).await.unwrap();
    let sql = "BEGIN READ WRITE; ALTER ROLE CURRENT_USER SET work_mem = '8MB'";
    sqlx::raw_sql(sql).execute(&mut login).await.unwrap();
    admin(
        &host,
        "REVOKE SELECT ON public.patients FROM {}_raw; ALTER ROLE {}_raw IN DATABASE {} SET work_mem = '1GB'",
    )
    .await;
    let started = Instant::now();
    let said = host.run(&["apply"]).await;
    println!(
        "a managed role's open transaction: exit {} after {:?}, {}",
        said.code,
        started.elapsed(),
        said.err.trim()
    );
    drop(login);
    said.exit(0);
    host.run(&["check"]).await.exit(0);
}
