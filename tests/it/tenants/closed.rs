//! A tenant that takes its own rights on its schema away, as an owner may: given back before anything runs, or told with the statement.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::module::{applied, configure, file, migrating, number, with_one_by_hand};
use crate::server::cli::Host;

async fn by_url(host: &Host, id: &str, sql: &str) {
    let url = host.run(&["tenant", "url", id]).await.exit(0).out;
    let mut session = PgConnection::connect(url.trim()).await.unwrap();
    let sql = sql.replace("{}", &host.db.app());
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut session).await.unwrap();
    session.close().await.unwrap();
}

#[tokio::test]
async fn what_it_took_from_itself_is_given_back() {
    let host = applied().await;
    migrating(&host);
    configure(&host, "[tenancy.migrate]\nfolder = \"migrations\"\n[tenancy.reports]\nmax_connections = 4");
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    file(&host, "002_beds.sql", "CREATE TABLE beds (id int)");
    by_url(&host, "one", "REVOKE ALL ON SCHEMA one_{} FROM one_{}").await;
    let said = host.run(&["tenant", "upgrade", "--dry-run"]).await.exit(0);
    assert!(
        said.out.contains("open-schema: one_") && said.out.contains("up to 002_beds.sql"),
        "{}",
        said.out
    );
    let said = host.run(&["tenant", "upgrade"]).await.exit(0);
    assert!(said.out.contains("one: open-schema, 002_beds.sql"), "{}", said.out);
    let said = host.run(&["tenant", "upgrade"]).await.exit(0);
    assert_eq!(said.out.matches("nothing to change").count(), 2, "{}", said.out);
    host.run(&["query", "--as", "tenant:one", "SELECT * FROM beds"]).await.exit(0);
    // Nobody is left a member for it.
    let same = "SELECT count(DISTINCT n) FROM (SELECT r.rolname, count(m.member) AS n FROM pg_roles r LEFT JOIN pg_auth_members m \
                ON m.roleid = r.oid WHERE r.rolname IN ('one_{}', 'two_{}') GROUP BY r.rolname) counts";
    assert_eq!(number(&host, same).await, 1);

    // Without CREATE alone nothing could be made there.
    by_url(&host, "one", "REVOKE CREATE ON SCHEMA one_{} FROM one_{}").await;
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    file(&host, "003_more.sql", "CREATE TABLE more (id int)");
    let said = host.run(&["tenant", "enable", "one"]).await.exit(0);
    assert!(said.out.contains("open-schema") && said.out.contains("003_more.sql"), "{}", said.out);
    // Whoever leaves needs none of it.
    by_url(&host, "two", "REVOKE ALL ON SCHEMA two_{} FROM two_{}").await;
    let said = host.run(&["tenant", "disable", "two"]).await.exit(0);
    assert!(!said.out.contains("open-schema"), "{}", said.out);
    host.run(&["tenant", "purge", "two", "--yes"]).await.exit(0);
    host.db.drop().await;
}

#[tokio::test]
async fn where_nobody_here_may_give_it_back_the_statement_is_told() {
    let host = with_one_by_hand().await;
    migrating(&host);
    by_url(&host, "hand", "REVOKE ALL ON SCHEMA hand_{} FROM hand_{}").await;
    let grant = format!("GRANT ALL ON SCHEMA \"hand_{0}\" TO \"hand_{0}\"", host.db.app());
    let said = host.run(&["tenant", "upgrade", "hand"]).await;
    said.fails_in_it(77, "has taken its own rights on its schema away", &grant);
    by_url(&host, "hand", &grant).await;
    host.run(&["tenant", "upgrade", "hand"]).await.exit(0);
    host.db.drop().await;
}
