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
         RESET ROLE; RESET search_path; GRANT SELECT ON big_{}.parted TO small_{}; CREATE TABLE big_{}.of_an_administrator (id int)",
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

/// What comes to hang on it while it is being purged: a purge that was cut off goes on in batches, and each looks at what it drops.
#[tokio::test]
async fn what_comes_to_hang_on_it_meanwhile_is_spared() {
    let host = applied().await;
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    admin(
        &host,
        "SET ROLE one_{}; CREATE TYPE one_{}.mood AS ENUM ('a'); DO $$ BEGIN FOR n IN 1..120 LOOP \
         EXECUTE format('CREATE TABLE one_{}.t%s (id int PRIMARY KEY, m one_{}.mood)', n); END LOOP; END $$; RESET ROLE; \
         CREATE FUNCTION public.slip() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN \
           IF to_regclass('two_{}.looks') IS NULL AND to_regclass('one_{}.t1') IS NOT NULL AND to_regclass('one_{}.t120') IS NULL THEN \
             EXECUTE 'CREATE VIEW two_{}.looks AS SELECT id FROM one_{}.t1'; EXECUTE 'ALTER VIEW two_{}.looks OWNER TO two_{}'; \
           END IF; END $$; ALTER FUNCTION public.slip SECURITY DEFINER; \
         CREATE EVENT TRIGGER slip_{} ON sql_drop EXECUTE FUNCTION public.slip()",
    )
    .await;
    let said = host.run(&["tenant", "purge", "one", "--yes"]).await;
    said.fails_in_it(5, "rule _RETURN on view two_", "detach them");
    assert_eq!(number(&host, "SELECT count(*) FROM pg_views WHERE viewname = 'looks'").await, 1);
    admin(&host, "DROP EVENT TRIGGER slip_{}; DROP VIEW two_{}.looks").await;
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    host.db.drop().await;
}

/// More than one transaction could lock: views on one table, views on views, and large objects.
#[tokio::test]
async fn what_hangs_together_goes_in_batches_too() {
    let host = applied().await;
    host.run(&["tenant", "add", "big"]).await.exit(0);
    admin(
        &host,
        "SET ROLE big_{}; CREATE TABLE big_{}.base (id int); DO $$ BEGIN FOR n IN 1..200 LOOP \
         EXECUTE format('CREATE VIEW big_{}.flat_%s AS SELECT * FROM big_{}.base', n); \
         EXECUTE format('CREATE VIEW big_{}.high_%s AS SELECT * FROM big_{}.%I', n, CASE n WHEN 1 THEN 'base' ELSE 'high_' || n - 1 END); \
         PERFORM lo_create(0) FROM generate_series(1, 6); END LOOP; END $$",
    )
    .await;
    // As many locks as one transaction may take are few here: each batch says what it drops.
    let said = host.run(&["tenant", "purge", "big", "--yes"]).await.exit(0);
    assert!(said.out.contains("1601 objects dropped"), "{}", said.out);
    assert_eq!(number(&host, "SELECT count(*) FROM pg_largeobject_metadata").await, 0);
    host.db.drop().await;
}

#[tokio::test]
async fn what_others_gave_to_it_is_taken_back_or_told_as_statements() {
    let host = applied().await;
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    // Another tenant's and core's gifts go; an administrator's is an administrator's to take.
    admin(
        &host,
        "SET ROLE two_{}; CREATE TABLE two_{}.loan (id int, who text); CREATE FUNCTION two_{}.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; \
         GRANT USAGE ON SCHEMA two_{} TO one_{}; GRANT SELECT (id), INSERT ON two_{}.loan TO one_{}; GRANT EXECUTE ON FUNCTION two_{}.f TO one_{}; \
         ALTER DEFAULT PRIVILEGES FOR ROLE two_{} IN SCHEMA two_{} GRANT SELECT ON TABLES TO one_{}; RESET ROLE; \
         GRANT USAGE ON SCHEMA rolewright TO one_{}; CREATE SCHEMA shop; GRANT USAGE ON SCHEMA shop TO one_{}",
    )
    .await;
    let said = host.run(&["tenant", "purge", "one", "--yes"]).await;
    let fix = format!("as a superuser: REVOKE ALL ON SCHEMA shop FROM one_{} CASCADE; then", host.db.app());
    said.fails_in_it(77, "still owns or holds something", &fix);
    assert_eq!(number(&host, "SELECT count(*) FROM rolewright.tenant WHERE state = 'purging'").await, 1);
    admin(&host, "REVOKE ALL ON SCHEMA shop FROM one_{} CASCADE").await;
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    assert_eq!(number(&host, "SELECT count(*) FROM pg_roles WHERE rolname = 'one_{}'").await, 0);
    // The keeper had the other tenant's rights only for that.
    let rights = "SELECT pg_has_role('_k1_{}', 'two_{}', 'USAGE')::int::bigint";
    assert_eq!(number(&host, rights).await, 0);
    let said = host.run(&["tenant", "add", "two"]).await.exit(0);
    assert!(said.out.contains("two: nothing to change"), "{}", said.out);
    host.db.drop().await;
}

#[tokio::test]
async fn what_is_somebody_elses_is_not_dropped_with_it() {
    let host = applied().await;
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    admin(
        &host,
        "CREATE TABLE one_{}.loan (id int PRIMARY KEY); CREATE TYPE one_{}.mood AS ENUM ('a'); CREATE VIEW one_{}.own AS SELECT * FROM one_{}.loan; \
         ALTER TABLE one_{}.loan OWNER TO one_{}; ALTER TYPE one_{}.mood OWNER TO one_{}; ALTER VIEW one_{}.own OWNER TO one_{}; \
         CREATE VIEW two_{}.looks AS SELECT * FROM one_{}.loan; ALTER VIEW two_{}.looks OWNER TO two_{}; \
         CREATE TABLE two_{}.late (id int REFERENCES one_{}.loan, m one_{}.mood); ALTER TABLE two_{}.late OWNER TO two_{}; \
         CREATE TABLE one_{}.guest (id int); ALTER TABLE one_{}.guest OWNER TO two_{};",
    )
    .await;
    let app = host.db.app();
    let said = host.run(&["tenant", "purge", "one", "--yes"]).await;
    let all = format!(
        "column m of table two_{app}.late; constraint late_id_fkey on table two_{app}.late; rule _RETURN on view two_{app}.looks; table one_{app}.guest"
    );
    said.fails_in_it(5, &format!("others' objects need what the tenant one has: {all}"), "detach them");
    assert_eq!(number(&host, "SELECT count(*) FROM rolewright.tenant WHERE state = 'active'").await, 2);
    admin(
        &host,
        "ALTER TABLE two_{}.late DROP CONSTRAINT late_id_fkey, DROP COLUMN m; DROP VIEW two_{}.looks; ALTER TABLE one_{}.guest SET SCHEMA two_{}",
    )
    .await;
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    assert_eq!(number(&host, "SELECT count(*) FROM pg_tables WHERE schemaname = 'two_{}'").await, 2);
    host.db.drop().await;
}

/// While it is purged, the login is not its member; who locks what it has is named, and the same command goes on.
#[tokio::test]
async fn a_lock_on_what_it_has_is_told() {
    let host = applied().await;
    host.run(&["tenant", "add", "one"]).await.exit(0);
    admin(&host, "CREATE TABLE one_{}.loan (id int); ALTER TABLE one_{}.loan OWNER TO one_{}").await;
    let mut reader = host.db.admin().begin().await.unwrap();
    let read = format!("SELECT * FROM one_{}.loan", host.db.app());
    sqlx::raw_sql(sqlx::AssertSqlSafe(read)).execute(&mut *reader).await.unwrap();
    let env = [("ROLEWRIGHT__START__LOCK_TIMEOUT", "300ms")];
    let said = host.run_with(&["tenant", "purge", "one", "--yes"], "", &env).await;
    said.fails_in_it(69, "what the tenant one has is locked by process", "end that transaction");
    let members =
        "SELECT count(*) FROM pg_auth_members WHERE roleid = 'one_{}'::regrole AND member = '_1_{}'::regrole";
    assert_eq!(number(&host, members).await, 0);
    reader.rollback().await.unwrap();
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    host.db.drop().await;
}

#[tokio::test]
async fn a_prepared_transaction_is_told_by_its_name() {
    let host = applied().await;
    let prepared = "SELECT current_setting('max_prepared_transactions')::bigint";
    if number(&host, prepared).await == 0 {
        println!("skipped: max_prepared_transactions is 0 on this server");
        return host.db.drop().await;
    }
    host.run(&["tenant", "add", "one"]).await.exit(0);
    let gid = format!("left of {}", host.db.app());
    admin(&host, "CREATE TABLE one_{}.loan (id int); ALTER TABLE one_{}.loan OWNER TO one_{}").await;
    admin(&host, &format!("BEGIN; INSERT INTO one_{{}}.loan VALUES (1); PREPARE TRANSACTION '{gid}'")).await;
    let env = [("ROLEWRIGHT__START__LOCK_TIMEOUT", "300ms")];
    let said = host.run_with(&["tenant", "purge", "one", "--yes"], "", &env).await;
    said.fails_in_it(69, &format!("ROLLBACK PREPARED '{gid}' ends"), "end that transaction");
    admin(&host, &format!("ROLLBACK PREPARED '{gid}'")).await;
    // One that made a table there, which nobody sees yet.
    admin(&host, &format!("BEGIN; CREATE TABLE one_{{}}.late (id int); PREPARE TRANSACTION '{gid}'")).await;
    let said = host.run_with(&["tenant", "purge", "one", "--yes"], "", &env).await;
    said.fails_in_it(69, &format!("ROLLBACK PREPARED '{gid}' ends"), "end that transaction");
    admin(&host, &format!("ROLLBACK PREPARED '{gid}'")).await;
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
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
