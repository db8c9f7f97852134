//! A purge of what was put together in another order than it was made in: still in batches, and without a name that could mean two things.

use super::module::{admin, applied, number};

/// Children that are older than their parent, tables older than what they refer to, views older than what they read.
#[tokio::test]
async fn what_is_older_than_what_it_hangs_on_goes_first() {
    let host = applied().await;
    host.run(&["tenant", "add", "big"]).await.exit(0);
    admin(
        &host,
        "SET ROLE big_{}; SET search_path = big_{}; DO $$ BEGIN FOR n IN 1..120 LOOP \
           EXECUTE format('CREATE TABLE heir_%s (id int)', n); EXECUTE format('CREATE TABLE part_%s (id int NOT NULL)', n); \
           EXECUTE format('CREATE TABLE loan_%s (id int PRIMARY KEY)', n); EXECUTE format('CREATE VIEW view_%s AS SELECT 1 AS id', n); \
         END LOOP; END $$; \
         CREATE TABLE parent (id int); CREATE TABLE grand (id int); ALTER TABLE parent INHERIT grand; \
         CREATE TABLE top (id int) PARTITION BY LIST (id); CREATE TABLE sub PARTITION OF top DEFAULT PARTITION BY LIST (id); \
         CREATE TABLE hub (id int PRIMARY KEY); CREATE VIEW read AS SELECT 1 AS id; \
         DO $$ BEGIN FOR n IN 1..120 LOOP \
           EXECUTE format('ALTER TABLE heir_%s INHERIT parent', n); \
           EXECUTE format('ALTER TABLE sub ATTACH PARTITION part_%s FOR VALUES IN (%s)', n, n); \
           EXECUTE format('ALTER TABLE loan_%s ADD FOREIGN KEY (id) REFERENCES hub', n); \
           EXECUTE format('CREATE OR REPLACE VIEW view_%s AS SELECT id FROM read', n); \
         END LOOP; END $$; \
         ALTER TABLE hub ADD FOREIGN KEY (id) REFERENCES loan_1",
    )
    .await;
    let said = host.run(&["tenant", "purge", "big", "--yes"]).await.exit(0);
    // Each was dropped by its own name, and nothing by CASCADE.
    assert!(said.out.contains("486 objects dropped"), "{}", said.out);
    host.db.drop().await;
}

/// An owner may take away what it may itself.
#[tokio::test]
async fn one_that_closed_its_schema_to_itself_is_purged() {
    let host = applied().await;
    host.run(&["tenant", "add", "one"]).await.exit(0);
    admin(
        &host,
        "SET ROLE one_{}; CREATE TABLE one_{}.t (id int); CREATE TYPE one_{}.mood AS ENUM ('a'); \
         REVOKE ALL ON one_{}.t FROM one_{}; REVOKE ALL ON SCHEMA one_{} FROM one_{}; RESET ROLE",
    )
    .await;
    host.run(&["tenant", "purge", "one", "--dry-run"]).await.exit(0);
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    host.db.drop().await;
}

#[tokio::test]
async fn routines_of_one_name_are_told_apart() {
    let host = applied().await;
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    admin(
        &host,
        "SET ROLE one_{}; SET search_path = one_{}; \
         CREATE PROCEDURE p(a int, OUT b int) LANGUAGE sql AS 'SELECT 1'; CREATE PROCEDURE p(a int, b int) LANGUAGE sql AS 'SELECT 1'; \
         CREATE FUNCTION p(a int, b int, c text, VARIADIC d text[]) RETURNS int LANGUAGE sql AS 'SELECT 1'; \
         CREATE AGGREGATE p(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0'); \
         CREATE AGGREGATE p(float8 ORDER BY float8) (SFUNC = float8pl, STYPE = float8); \
         CREATE PROCEDURE \"P \"\"q\"(INOUT \"a b\" int, VARIADIC x \"char\"[]) LANGUAGE sql AS 'SELECT 1'; \
         RESET ROLE; SET ROLE two_{}; SET search_path = two_{}; GRANT USAGE ON SCHEMA two_{} TO one_{}; \
         CREATE PROCEDURE p(a int, OUT b int) LANGUAGE sql AS 'SELECT 1'; CREATE PROCEDURE p(a int, b int) LANGUAGE sql AS 'SELECT 1'; \
         GRANT EXECUTE ON PROCEDURE p(IN int, OUT int), p(IN int, IN int) TO one_{}",
    )
    .await;
    host.run(&["tenant", "purge", "one", "--dry-run"]).await.exit(0);
    let said = host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    assert!(said.out.contains("6 objects dropped"), "{}", said.out);
    let left = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'two_{}'::regnamespace";
    assert_eq!(number(&host, left).await, 2);
    host.db.drop().await;
}
