//! A tenant with a great deal in it: no transaction of its removal needs a lock on all of it.

use super::module::{admin, applied, number};

#[tokio::test]
async fn a_thousand_tables_go_in_batches() {
    let host = applied().await;
    host.run(&["tenant", "add", "big", "small"]).await.exit(0);
    for part in 0..10 {
        let make = format!(
            "SET ROLE big_{{}}; DO $$ BEGIN FOR n IN 1..100 LOOP \
             EXECUTE format('CREATE TABLE big_{{}}.t{part}_%s (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, s serial, b text)', n); \
             END LOOP; END $$; RESET ROLE"
        );
        admin(&host, &make).await;
    }
    admin(
        &host,
        "SET ROLE big_{}; SET search_path = big_{}; \
         CREATE TYPE mood AS ENUM ('a', 'b'); CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE TYPE pair AS (a int, b mood); \
         CREATE FUNCTION f(mood) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION f(int) RETURNS positive LANGUAGE sql AS 'SELECT 1'; \
         CREATE TABLE parted (a int, m mood) PARTITION BY RANGE (a); CREATE TABLE part1 PARTITION OF parted FOR VALUES FROM (0) TO (9); \
         CREATE VIEW looks AS SELECT f(m) FROM parted; CREATE MATERIALIZED VIEW kept AS SELECT * FROM looks; CREATE SEQUENCE lone; \
         CREATE TYPE shelf AS RANGE (SUBTYPE = int); \
         CREATE FUNCTION caught(oid, int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''looked up''; END'; \
         CREATE OPERATOR = (LEFTARG = oid, RIGHTARG = int, FUNCTION = caught); \
         ALTER TABLE t0_1 ADD FOREIGN KEY (s) REFERENCES t0_2 (id); CREATE COLLATION mine FROM \"C\"; SELECT lo_create(0); \
         RESET ROLE; RESET search_path; GRANT SELECT ON big_{}.parted TO small_{};",
    )
    .await;
    let said = host.run(&["tenant", "purge", "big", "--yes"]).await.exit(0);
    assert!(said.out.contains(" objects dropped, drop-tenant"), "{}", said.out);
    let left = "SELECT count(*) FROM pg_namespace, pg_roles WHERE 'big_{}' IN (nspname, rolname)";
    assert_eq!(number(&host, left).await, 0);
    assert_eq!(number(&host, "SELECT count(*) FROM pg_largeobject_metadata").await, 0);
    host.run(&["tenant", "add", "big"]).await.exit(0);
    host.db.drop().await;
}

#[tokio::test]
async fn what_core_may_not_take_from_a_role_is_told_as_a_statement() {
    let host = applied().await;
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    admin(&host, "GRANT USAGE ON SCHEMA two_{} TO one_{}").await;
    let said = host.run(&["tenant", "purge", "one", "--yes"]).await;
    said.fails_in_it(77, "still owns or holds something", "DROP OWNED BY");
    assert_eq!(number(&host, "SELECT count(*) FROM rolewright.tenant WHERE state = 'purging'").await, 1);
    admin(&host, "DROP OWNED BY one_{}").await;
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    assert_eq!(number(&host, "SELECT count(*) FROM pg_roles WHERE rolname = 'one_{}'").await, 0);
    host.db.drop().await;
}

/// An older job that was cut short does nothing to what came after it.
#[tokio::test]
async fn what_was_asked_last_counts() {
    let host = applied().await;
    host.run(&["tenant", "add", "diku"]).await.exit(0);
    // As a purge that was killed leaves it.
    admin(
        &host,
        "WITH job AS (INSERT INTO rolewright.tenant_job (module, kind) VALUES ('{}', 'purge') RETURNING id) \
         INSERT INTO rolewright.tenant_job_item (job_id, tenant, state) SELECT id, 'diku', 'running' FROM job",
    )
    .await;
    host.run(&["tenant", "purge", "diku", "--yes"]).await.exit(0);
    host.run(&["tenant", "add", "diku"]).await.exit(0);
    admin(&host, "CREATE TABLE diku_{}.loan (id int)").await;
    let said = host.run(&["tenant", "resume"]).await.exit(0);
    assert_eq!(
        number(&host, "SELECT count(*) FROM pg_tables WHERE tablename = 'loan'").await,
        1,
        "{}",
        said.out
    );
    assert_eq!(
        number(&host, "SELECT count(*) FROM rolewright.tenant_job WHERE finished_at IS NULL").await,
        0
    );
    host.db.drop().await;
}
