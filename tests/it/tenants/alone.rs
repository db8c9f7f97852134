//! What leaves the server no room for anybody else's locks: these tests run alone (`.config/nextest.toml`).

use super::module::{admin, applied};

/// More than the server has locks for, on one table, of its row type, or in no table: each goes by itself.
#[tokio::test]
async fn what_is_too_much_for_one_transaction_is_taken_apart() {
    let host = applied().await;
    host.run(&["tenant", "add", "one"]).await.exit(0);
    admin(&host, "SET ROLE one_{}; CREATE TABLE one_{}.loan (id int, note text); RESET ROLE").await;
    for make in [
        "CREATE COLLATION one_{}.c%s FROM \"C\"",
        "CREATE STATISTICS one_{}.s%s ON id, note FROM one_{}.loan",
        "CREATE FUNCTION one_{}.f%s(one_{}.loan) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE POLICY p%s ON one_{}.loan USING (true)",
    ] {
        for part in 0..8 {
            let (first, last) = (part * 1500, part * 1500 + 1499);
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
