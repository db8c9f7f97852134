//! What tenants, the logins of their reports and the module's own give away of theirs: it keeps nobody from starting, and is taken back.

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::module::{admin, applied, configure, file, migrating, number};
use crate::server::cli::Host;

async fn by_url(host: &Host, line: &[&str], sql: &str) {
    let url = host.run(&[&["tenant", "url"], line].concat()).await.exit(0).out;
    let mut session = PgConnection::connect(url.trim()).await.unwrap();
    let sql = sql.replace("{}", &host.db.app());
    sqlx::raw_sql("SET default_transaction_read_only = off").execute(&mut session).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.clone()))
        .execute(&mut session)
        .await
        .unwrap_or_else(|e| panic!("{sql}: {e}"));
    session.close().await.unwrap();
}

#[tokio::test]
async fn what_the_modules_roles_give_away_stops_nobody() {
    let host = applied().await;
    migrating(&host);
    configure(&host, "[tenancy.migrate]\nfolder = \"migrations\"\n[tenancy.reports]\nmax_connections = 4");
    file(
        &host,
        "002_sets.sql",
        "CREATE FUNCTION sets() RETURNS int LANGUAGE sql VOLATILE SECURITY DEFINER AS 'SELECT 1'",
    );
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    let defaults = "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {}_checker";
    let large = "SELECT lo_create(991199); GRANT SELECT ON LARGE OBJECT 991199 TO {}_checker; SELECT lo_create(991198); \
                 GRANT UPDATE ON LARGE OBJECT 991198 TO PUBLIC";
    by_url(&host, &["one", "--reports"], &format!("{defaults}; {large}")).await;
    by_url(&host, &[], defaults).await;
    by_url(
        &host,
        &["two"],
        &format!(
            "{defaults}; GRANT ALL ON wards TO PUBLIC; GRANT SELECT ON wards TO {{}}_checker; GRANT ALL ON SCHEMA two_{{}} TO PUBLIC, {{}}_checker"
        ),
    )
    .await;
    // What would be taken back is told as that, and not as what nobody here can.
    let said = host.run(&["check"]).await.exit(2);
    assert!(!said.out.contains("cannot be revoked from here"), "{}", said.out);
    let text = host.run(&["plan"]).await.out;
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("take-back")).collect();
    let several: std::collections::BTreeSet<&str> = lines.iter().copied().collect();
    assert_eq!(lines.len(), several.len(), "a line for each gift, and none like another: {text}");
    assert!(lines.iter().all(|line| line.contains(" FROM ")), "to whom it was given: {text}");
    let planned = host.run(&["plan", "--format", "json"]).await.json();
    let back = |said: &serde_json::Value| -> Vec<String> {
        let all = said["changes"].as_array().unwrap().iter().filter(|one| one["kind"] == "take-back");
        all.map(|one| format!("{} {}", one["object"], one["sql"])).collect()
    };
    let said = host.run(&["apply", "--format", "json"]).await.exit(0).json();
    assert_eq!(back(&planned), back(&said));
    assert!(back(&said).iter().any(|one| one.contains("LARGE OBJECT 991199")), "{said}");
    let given = "SELECT (SELECT count(*) FROM pg_default_acl d, aclexplode(d.defaclacl) a WHERE a.grantee IN (0, '{}_checker'::regrole)) \
                 + (SELECT count(*) FROM pg_class c, aclexplode(c.relacl) a WHERE c.relname = 'wards' \
                    AND a.grantee IN (0, '{}_checker'::regrole)) \
                 + (SELECT count(*) FROM pg_namespace n, aclexplode(n.nspacl) a WHERE n.nspname = 'two_{}' \
                    AND (a.grantee = 0 OR a.privilege_type = 'CREATE' AND a.grantee = '{}_checker'::regrole)) \
                 + (SELECT count(*) FROM pg_largeobject_metadata o, aclexplode(o.lomacl) a WHERE a.grantee IN (0, '{}_checker'::regrole))";
    assert_eq!(number(&host, given).await, 0);
    let again = host.run(&["apply"]).await.exit(0);
    assert!(!again.out.contains("take-back"), "{}", again.out);
    host.run(&["verify"]).await.exit(0);
    host.run(&["query", "--as", "tenant:one", "SELECT * FROM wards"]).await.exit(0);

    // What anybody else gives away stops it as before.
    admin(
        &host,
        "CREATE SCHEMA other; CREATE TABLE other.kept (id int); GRANT INSERT ON other.kept TO PUBLIC",
    )
    .await;
    host.run(&["apply"]).await.fails(77, "everyone has INSERT on other.kept", "REVOKE");
    host.db.drop().await;
}

/// A host with tenants that have a login for reports of their own.
async fn reporting(more: &str) -> Host {
    let host = applied().await;
    configure(&host, &format!("[tenancy.reports]\nmax_connections = 4\n{more}"));
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    host
}

#[tokio::test]
async fn what_cannot_be_taken_back_leaves_the_connection_as_it_was() {
    let host = reporting("").await;
    let given = "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC";
    by_url(&host, &["one", "--reports"], given).await;
    admin(&host, &format!("REVOKE _k1_{{}} FROM {} CASCADE", host.db.core_role())).await;
    host.run(&["apply"]).await.exit(0);
    host.db.drop().await;
}

/// However much was given, a look takes no longer than a lock is waited for; the next one goes on.
#[tokio::test]
async fn what_is_much_is_taken_back_in_several_looks() {
    let host = reporting("[start]\nlock_timeout = \"60ms\"").await;
    let given = "DO $$ BEGIN FOR n IN 1..6000 LOOP PERFORM lo_create(500000 + n); \
                 EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO {}_checker', 500000 + n); END LOOP; END $$";
    by_url(&host, &["one", "--reports"], given).await;
    let left = "SELECT count(*) FROM pg_largeobject_metadata o, aclexplode(o.lomacl) a WHERE a.grantee = '{}_checker'::regrole";
    host.run(&["apply"]).await.exit(0);
    let first = number(&host, left).await;
    assert!(0 < first && first < 6000, "{first}");
    host.run(&["apply"]).await.exit(0);
    assert!(number(&host, left).await < first);
    host.db.drop().await;
}

/// Whoever has the URL of a tenant's reports may keep what it gave locked.
#[tokio::test]
async fn what_is_locked_is_waited_for_once() {
    let host = reporting("[start]\nlock_timeout = \"3s\"").await;
    let large = |what: &str| (1..=8).map(|n| what.replace('#', &format!("7700{n}"))).collect::<String>();
    let given = large("SELECT lo_create(#); GRANT SELECT ON LARGE OBJECT # TO {}_checker;");
    by_url(&host, &["one", "--reports"], &given).await;
    by_url(&host, &["two"], "SELECT lo_create(88001); GRANT SELECT ON LARGE OBJECT 88001 TO {}_checker")
        .await;
    let url = host.run(&["tenant", "url", "one", "--reports"]).await.exit(0).out;
    let mut session = PgConnection::connect(url.trim()).await.unwrap();
    let locked = large("GRANT UPDATE ON LARGE OBJECT # TO {}_checker;").replace("{}", &host.db.app());
    sqlx::raw_sql("SET default_transaction_read_only = off").execute(&mut session).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("BEGIN; {locked}"))).execute(&mut session).await.unwrap();
    let started = Instant::now();
    host.run(&["apply"]).await.exit(0);
    assert!(started.elapsed() < Duration::from_secs(16), "{:?}", started.elapsed());
    let left = "SELECT count(*) FROM pg_largeobject_metadata o, aclexplode(o.lomacl) a WHERE a.grantee = '{}_checker'::regrole";
    // What another gave is taken back meanwhile.
    assert_eq!(number(&host, left).await, 8);
    session.close().await.unwrap();
    host.run(&["apply"]).await.exit(0);
    assert_eq!(number(&host, left).await, 0);
    host.db.drop().await;
}

/// Whoever has the URL of a tenant's reports may give away what it likes, and no start waits for each of it.
#[tokio::test]
async fn much_that_one_role_gave_is_taken_back_at_once() {
    let host = reporting("").await;
    let given = "DO $$ BEGIN FOR n IN 1..600 LOOP PERFORM lo_create(77000 + n); \
                 EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO PUBLIC', 77000 + n); END LOOP; END $$";
    by_url(&host, &["one", "--reports"], given).await;
    let left = "SELECT count(*) FROM pg_largeobject_metadata o, aclexplode(o.lomacl) a WHERE a.grantee = 0";
    assert_eq!(number(&host, left).await, 600);
    let commits = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()";
    let before = number(&host, commits).await;
    host.run(&["apply"]).await.exit(0);
    assert_eq!(number(&host, left).await, 0);
    let after = number(&host, commits).await;
    assert!(after - before < 300, "{before} {after}");
    host.db.drop().await;
}

/// Whoever purges a tenant has its rights until it is gone, whatever is taken back meanwhile of what it gave.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_back_leaves_a_purge_its_rights() {
    let host = reporting("").await;
    admin(
        &host,
        "SET ROLE one_{}; DO $$ BEGIN FOR n IN 1..120 LOOP EXECUTE format('CREATE TABLE one_{}.t%s (id int)', n); END LOOP; END $$; \
         GRANT USAGE ON SCHEMA one_{} TO two_{}; GRANT SELECT ON one_{}.t1 TO two_{}; \
         SELECT lo_create(88001); GRANT SELECT ON LARGE OBJECT 88001 TO {}_checker; RESET ROLE",
    )
    .await;
    // It keeps the purge of one waiting until two is gone.
    let mut slow = host.db.admin().begin().await.unwrap();
    let table = format!("LOCK TABLE one_{}.t120 IN ACCESS SHARE MODE", host.db.app());
    sqlx::raw_sql(AssertSqlSafe(table)).execute(&mut *slow).await.unwrap();
    let child = host.command(&["tenant", "purge", "one", "two", "--yes"]).spawn().unwrap();
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'one_{}.t120'::regclass";
    while number(&host, waits).await == 0
        || number(&host, "SELECT count(*) FROM rolewright.tenant WHERE id = 'two' AND state = 'purged'").await
            == 0
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    host.run(&["apply"]).await.exit(0);
    slow.rollback().await.unwrap();
    let said = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    host.db.drop().await;
}

/// Whichever module is configured where it is looked at.
#[tokio::test]
async fn what_another_modules_roles_give_away_stops_nobody() {
    let host = reporting("").await;
    let given = "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {}_checker";
    let left = "SELECT (SELECT count(*) FROM pg_default_acl d, aclexplode(d.defaclacl) a WHERE a.grantee IN (0, '{}_checker'::regrole)) \
                + (SELECT count(*) FROM pg_largeobject_metadata o, aclexplode(o.lomacl) a WHERE a.grantee IN (0, '{}_checker'::regrole))";
    let (app, key) = (host.db.app(), host.folder.path().join("rolewright.key"));
    let head = format!("app = \"{app}\"\n[crypto]\nkey_file = {key:?}\n[http]\nlisten = \"127.0.0.1:0\"\n");
    for (at, other) in [
        format!("[tenancy]\nmodule = \"{app}b\"\n[tenancy.reports]\nmax_connections = 4\n"),
        "[roles.raw]\nread = [\"public\"]\n".to_owned(),
    ]
    .iter()
    .enumerate()
    {
        configure(&host, "[tenancy.reports]\nmax_connections = 4\n");
        let large = format!(
            "SELECT lo_create(66{at}01); GRANT SELECT ON LARGE OBJECT 66{at}01 TO {{}}_checker; SELECT lo_create(66{at}02); \
             GRANT UPDATE ON LARGE OBJECT 66{at}02 TO PUBLIC"
        );
        by_url(&host, &["one", "--reports"], &format!("{given}; {large}")).await;
        by_url(&host, &["two"], given).await;
        by_url(&host, &[], given).await;
        assert!(number(&host, left).await > 8);
        host.config(&format!("{head}{other}"));
        let planned = host.run(&["plan"]).await.exit(0).out;
        assert!(planned.contains("take-back") && !planned.contains("refused"), "{planned}");
        host.run(&["apply"]).await.exit(0);
        assert_eq!(number(&host, left).await, 0, "{other}");
        host.run(&["verify"]).await.exit(0);
    }
    host.db.drop().await;
}
