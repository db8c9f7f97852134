//! What leaves the server no room for anybody else's locks: these tests run alone (`.config/nextest.toml`).

use super::module::{admin, applied, configure, number};

/// More than the server has locks for, on one table, of its row type, or in no table: each goes by itself.
#[tokio::test]
async fn what_is_too_much_for_one_transaction_is_taken_apart() {
    let host = applied().await;
    host.run(&["tenant", "add", "one"]).await.exit(0);
    admin(&host, "SET ROLE one_{}; CREATE TABLE one_{}.loan (id int, note text); RESET ROLE").await;
    admin(
        &host,
        "SET ROLE one_{}; CREATE TABLE one_{}.par (id int PRIMARY KEY); CREATE TABLE one_{}.chi (id int); CREATE DOMAIN one_{}.dom AS int; RESET ROLE",
    )
    .await;
    for (make, most) in [
        ("CREATE COLLATION one_{}.c%s FROM \"C\"", 12_000),
        ("CREATE STATISTICS one_{}.s%s ON id, note FROM one_{}.loan", 12_000),
        ("CREATE FUNCTION one_{}.f%s(one_{}.loan) RETURNS int LANGUAGE sql AS 'SELECT 1'", 12_000),
        ("CREATE POLICY p%s ON one_{}.loan USING (true)", 12_000),
        ("ALTER DOMAIN one_{}.dom ADD CONSTRAINT c%1$s CHECK (value <> %1$s)", 12_000),
        // Each is five locks: its own, and those of its triggers.
        ("ALTER TABLE one_{}.chi ADD CONSTRAINT f%s FOREIGN KEY (id) REFERENCES one_{}.par", 3_000),
    ] {
        for part in 0..8 {
            let (first, last) = (part * most / 8, (part + 1) * most / 8 - 1);
            let sql = format!(
                "SET ROLE one_{{}}; DO $do$ BEGIN FOR n IN {first}..{last} LOOP EXECUTE format($x${make}$x$, n); END LOOP; END $do$; RESET ROLE"
            );
            admin(&host, &sql).await;
        }
    }
    host.run(&["tenant", "purge", "one", "--dry-run"]).await.exit(0);
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    host.db.drop().await;
}

/// Whoever has the URL of its reports makes them, and they are in no schema.
#[tokio::test]
async fn large_objects_of_the_reports_login_go_in_batches() {
    let host = applied().await;
    configure(&host, "[tenancy.reports]\nmax_connections = 4");
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "add", "one"]).await.exit(0);
    for _ in 0..14 {
        admin(
            &host,
            "SET ROLE _r_one_{}; DO $$ BEGIN FOR n IN 1..1500 LOOP PERFORM lo_create(0); END LOOP; END $$; RESET ROLE",
        )
        .await;
    }
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    assert_eq!(number(&host, "SELECT count(*) FROM pg_largeobject_metadata").await, 0);
    host.db.drop().await;
}
