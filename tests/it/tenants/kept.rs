//! What keeps a purged tenant's roles, or nearly does: the rehearsal says so as the purge does, and which role it is.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, postgres::PgConnectOptions};

use super::module::{admin, applied, configure, listed, number, with_one_by_hand};

/// Another tenant's large object is taken back by name; a policy of another's goes by itself.
#[tokio::test]
async fn large_objects_and_policies_of_others_are_in_nobodys_way() {
    let host = applied().await;
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    admin(
        &host,
        "SET ROLE two_{}; SELECT lo_create(4711); GRANT SELECT ON LARGE OBJECT 4711 TO one_{}; \
         CREATE TABLE two_{}.loan (id int); CREATE POLICY shown ON two_{}.loan TO one_{} USING (true); RESET ROLE; \
         CREATE TABLE one_{}.given (id int); GRANT SELECT ON one_{}.given TO one_{}",
    )
    .await;
    host.run(&["tenant", "purge", "one", "--dry-run"]).await.exit(0);
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    let left = "SELECT (SELECT count(*) FROM pg_largeobject_metadata WHERE lomacl IS NULL OR lomacl::text NOT LIKE '%one%')";
    assert_eq!(number(&host, left).await, 1);
    assert_eq!(number(&host, "SELECT count(*) FROM pg_roles WHERE rolname = 'one_{}'").await, 0);
    host.db.drop().await;
}

/// Whoever has a tenant's reports' URL may leave something in any database that lets it in.
#[tokio::test]
async fn what_the_login_of_its_reports_left_elsewhere_is_told_with_the_role() {
    let host = applied().await;
    configure(&host, "[tenancy.reports]\nmax_connections = 4");
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    let (app, other) = (host.db.app(), format!("{}_other", host.db.app()));
    admin(&host, &format!("CREATE DATABASE \"{other}\"")).await;
    let options: PgConnectOptions = host.db.admin_url().parse().unwrap();
    let mut there = PgConnection::connect_with(&options.database(&other)).await.unwrap();
    let left = format!(
        "DO $$ BEGIN EXECUTE format('ALTER LARGE OBJECT %s OWNER TO _r_one_{app}', lo_create(0)); END $$"
    );
    sqlx::raw_sql(AssertSqlSafe(left)).execute(&mut there).await.unwrap();
    // What another tenant gave it is taken back.
    admin(
        &host,
        "SET ROLE two_{}; CREATE TABLE two_{}.loan (id int); GRANT SELECT ON two_{}.loan TO _r_one_{}",
    )
    .await;

    let words = format!("the role _r_one_{app} of the tenant one still owns or holds something");
    let rehearsed = host.run(&["tenant", "purge", "one", "--dry-run"]).await.exit(77);
    assert!(rehearsed.out.contains(&words), "{}", rehearsed.out);
    let fix = format!(
        "/* in database {other}, after a look at what the role owns there, which this drops */ DROP OWNED BY _r_one_{app}"
    );
    host.run(&["tenant", "purge", "one", "--yes"]).await.fails_in_it(77, &words, &fix);
    sqlx::raw_sql(AssertSqlSafe(fix)).execute(&mut there).await.unwrap();
    there.close().await.unwrap();
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    assert_eq!(number(&host, "SELECT count(*) FROM pg_roles WHERE rolname ~ '^(_r_)?one_{}$'").await, 0);
    admin(&host, &format!("DROP DATABASE \"{other}\"")).await;
    host.db.drop().await;
}

/// An administrator took the membership away, as `disable` had asked: nobody here may drop anything, and nothing is begun.
#[tokio::test]
async fn one_that_nobody_here_may_become_is_not_begun() {
    let host = with_one_by_hand().await;
    host.run(&["tenant", "disable", "hand"]).await.exit(77);
    admin(&host, "REVOKE hand_{} FROM _1_{}").await;
    host.run(&["tenant", "disable", "hand"]).await.exit(0);
    host.run(&["tenant", "purge", "hand", "--dry-run"]).await.exit(77);
    let said = host.run(&["tenant", "purge", "hand", "--yes"]).await;
    said.fails_in_it(77, "may not drop the role hand_", "DROP OWNED BY \"hand_");
    assert_eq!(listed(&host).await[0].1, "disabled");
    admin(&host, "DROP OWNED BY hand_{}; DROP ROLE hand_{}").await;
    host.run(&["tenant", "purge", "hand", "--yes"]).await.exit(0);
    host.db.drop().await;
}
