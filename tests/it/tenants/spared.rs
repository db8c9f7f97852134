//! What is somebody else's and hangs on what a purged tenant has, in ways that are easily overlooked: it is named, and nothing is dropped.

use super::module::{admin, applied, number};

/// A partition goes with its table, whoever owns it and wherever it is.
#[tokio::test]
async fn somebody_elses_partition_is_not_dropped_with_its_table() {
    let host = applied().await;
    host.run(&["tenant", "add", "one"]).await.exit(0);
    admin(
        &host,
        "CREATE SCHEMA archive; GRANT ALL ON SCHEMA archive TO one_{}; SET ROLE one_{}; \
         CREATE TABLE one_{}.event (year int PRIMARY KEY) PARTITION BY LIST (year); \
         CREATE TABLE one_{}.now PARTITION OF one_{}.event FOR VALUES IN (2026); RESET ROLE; \
         CREATE TABLE archive.old (year int PRIMARY KEY); INSERT INTO archive.old VALUES (2020); \
         ALTER TABLE one_{}.event ATTACH PARTITION archive.old FOR VALUES IN (2020); \
         CREATE TABLE archive.sub (year int PRIMARY KEY) PARTITION BY LIST (year); \
         CREATE TABLE archive.older PARTITION OF archive.sub FOR VALUES IN (2019); \
         ALTER TABLE one_{}.event ATTACH PARTITION archive.sub FOR VALUES IN (2019)",
    )
    .await;
    let words = "others' objects need what the tenant one has: table archive.old; table archive.sub";
    let said = host.run(&["tenant", "purge", "one", "--dry-run"]).await.exit(5);
    assert!(said.out.contains(words), "{}", said.out);
    host.run(&["tenant", "purge", "one", "--yes"]).await.fails_in_it(5, words, "detach them");
    admin(
        &host,
        "ALTER TABLE one_{}.event DETACH PARTITION archive.old; ALTER TABLE one_{}.event DETACH PARTITION archive.sub; \
         REVOKE ALL ON SCHEMA archive FROM one_{}",
    )
    .await;
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    assert_eq!(number(&host, "SELECT count(*) FROM archive.old").await, 1);
    host.db.drop().await;
}

/// What is in no schema: found where it is somebody else's, and gone with its type where it is that type's.
#[tokio::test]
async fn what_is_in_no_schema_is_found() {
    let host = applied().await;
    host.run(&["tenant", "add", "one"]).await.exit(0);
    admin(
        &host,
        "SET ROLE one_{}; SET search_path = one_{}; CREATE TYPE pair AS (a int, b int); \
         CREATE FUNCTION paired(int) RETURNS pair LANGUAGE sql AS 'SELECT ROW(1, 1)::one_{}.pair'; \
         CREATE CAST (int AS pair) WITH FUNCTION paired(int); \
         CREATE FUNCTION heard() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; \
         CREATE FUNCTION truth(text) RETURNS boolean LANGUAGE sql AS 'SELECT true'; \
         CREATE TABLE loan (id int, p pair); CREATE VIEW looks AS SELECT id::pair FROM loan; RESET ROLE; RESET search_path; \
         CREATE EVENT TRIGGER guard_{} ON sql_drop EXECUTE FUNCTION one_{}.heard(); \
         CREATE CAST (text AS boolean) WITH FUNCTION one_{}.truth(text)",
    )
    .await;
    let words = format!(
        "others' objects need what the tenant one has: cast from text to boolean; event trigger guard_{}",
        host.db.app()
    );
    let said = host.run(&["tenant", "purge", "one", "--dry-run"]).await.exit(5);
    assert!(said.out.contains(&words), "{}", said.out);
    host.run(&["tenant", "purge", "one", "--yes"]).await.fails_in_it(5, &words, "drop them");
    admin(&host, "DROP EVENT TRIGGER guard_{}; DROP CAST (text AS boolean)").await;
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    host.db.drop().await;
}
