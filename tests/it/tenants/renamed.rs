//! The login of a tenant's reports under another name: told with what gives it its name back, closed and dropped by its number, and never doubled.

use sqlx::{Connection as _, PgConnection, postgres::PgConnectOptions};

use super::{
    module::{admin, number},
    reporting::wards,
};
use crate::server::cli::Host;

const RENAME: &str = "ALTER ROLE _r_one_{} RENAME TO rx_{}";
const BACK: &str = "ALTER ROLE rx_{} RENAME TO _r_one_{}";

async fn with_two() -> Host {
    let host = wards().await;
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    host
}

/// What the login of this tenant's reports logs in with, under the name that the role has.
async fn options(host: &Host, id: &str, name: &str) -> PgConnectOptions {
    let url = host.run(&["tenant", "url", id, "--reports"]).await.exit(0).out;
    let options: PgConnectOptions = url.trim().parse().unwrap();
    options.username(&name.replace("{}", &host.db.app()))
}

async fn logs_in(host: &Host, name: &str) -> bool {
    let sql = format!("SELECT count(*) FROM pg_roles WHERE rolname = '{name}_{{}}' AND rolcanlogin");
    number(host, &sql).await == 1
}

async fn is_there(host: &Host, name: &str) -> bool {
    number(host, &format!("SELECT count(*) FROM pg_roles WHERE rolname = '{name}_{{}}'")).await == 1
}

#[tokio::test]
async fn one_that_was_renamed_is_told_closed_and_never_doubled() {
    let host = with_two().await;
    let app = host.db.app();
    let login = options(&host, "one", "rx_{}").await;
    admin(&host, RENAME).await;
    let words = format!("the login of the reports of the tenant one was renamed: rx_{app}");
    let fix = format!("ALTER ROLE \"rx_{app}\" RENAME TO \"_r_one_{app}\"");
    for line in [&["tenant", "upgrade"][..], &["tenant", "add", "one"], &["tenant", "upgrade", "one"]] {
        host.run(line).await.fails_in_it(77, &words, &fix);
        assert!(!is_there(&host, "_r_one").await, "{line:?}");
    }
    let said = host.run(&["tenant", "upgrade", "one", "--dry-run"]).await.exit(77);
    assert!(said.out.contains(&words) && said.out.contains(&fix), "{}", said.out);
    let said = host.run(&["tenant", "list"]).await.exit(0);
    assert!(said.out.contains(&words) && said.out.contains(&fix), "{}", said.out);
    let said = host.run(&["tenant", "show", "one", "--format", "json"]).await.exit(0).json();
    assert_eq!(
        (&said["findings"][0]["kind"], &said["findings"][0]["fix"]),
        (&"renamed".into(), &fix.clone().into())
    );
    let said = host.run(&["tenant", "show", "two", "--format", "json"]).await.exit(0).json();
    assert!(said.get("findings").is_none(), "{said}");
    let said = host.run(&["doctor"]).await;
    assert!(said.out.contains(&words), "{}", said.out);

    let mut session = PgConnection::connect_with(&login).await.unwrap();
    let said = host.run(&["tenant", "disable", "one"]).await.exit(0);
    assert!(said.out.contains("close-reporter") && said.out.contains("ended 1 of its"), "{}", said.out);
    // As it can be pasted, and once.
    assert!(said.out.contains(&words) && said.out.contains(&format!(" fix: {fix}\n")), "{}", said.out);
    assert!(!said.err.contains("renamed"), "{}", said.err);
    let said = host.run(&["tenant", "disable", "one", "--format", "json"]).await.exit(0).json();
    assert_eq!(said["tenants"][0]["findings"][0]["fix"], fix.as_str(), "{said}");
    assert!(!logs_in(&host, "rx").await && logs_in(&host, "_r_two").await);
    sqlx::raw_sql("SELECT 1").execute(&mut session).await.unwrap_err();
    PgConnection::connect_with(&login).await.unwrap_err();
    host.run(&["tenant", "enable", "one"]).await.fails_in_it(77, &words, "RENAME TO");
    assert!(!logs_in(&host, "rx").await && !is_there(&host, "_r_one").await);
    admin(&host, BACK).await;
    host.run(&["tenant", "enable", "one"]).await.exit(0);
    PgConnection::connect_with(&login.username(&format!("_r_one_{app}"))).await.unwrap();
    let said = host.run(&["tenant", "upgrade"]).await.exit(0);
    assert_eq!(said.out.matches("nothing to change").count(), 2, "{}", said.out);
    let said = host.run(&["doctor"]).await;
    assert!(!said.out.contains("was renamed"), "{}", said.out);
    host.db.drop().await;
}

#[tokio::test]
async fn names_that_were_swapped_close_the_tenants_own() {
    const SWAP: &str = "ALTER ROLE _r_one_{} RENAME TO rx_{}; ALTER ROLE _r_two_{} RENAME TO _r_one_{}; ALTER ROLE rx_{} RENAME TO _r_two_{}";
    let host = with_two().await;
    let app = host.db.app();
    admin(&host, SWAP).await;
    let words =
        format!("the tenant two was renamed: _r_one_{app}, and another role bears the name _r_two_{app}");
    host.run(&["tenant", "upgrade", "two"]).await.fails_in_it(77, &words, "RENAME TO");
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    assert!(logs_in(&host, "_r_one").await && !logs_in(&host, "_r_two").await, "of one by its number");
    // That of the other goes with none but the other.
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    assert!(logs_in(&host, "_r_one").await && !is_there(&host, "_r_two").await);
    let words = format!(
        "_r_one_{app} is the login of another tenant's reports, and was renamed: it was _r_two_{app}"
    );
    let fix = format!("ALTER ROLE \"_r_one_{app}\" RENAME TO \"_r_two_{app}\"");
    host.run(&["tenant", "add", "one"]).await.fails_in_it(77, &words, &fix);
    host.run(&["tenant", "add", "--adopt", "one"]).await.fails_in_it(77, &words, &fix);
    admin(&host, &fix).await;
    host.run(&["tenant", "add", "one"]).await.exit(0);
    let said = host.run(&["tenant", "upgrade", "two"]).await.exit(0);
    assert!(said.out.contains("two: nothing to change"), "{}", said.out);
    host.db.drop().await;
}

/// Of an administrator's role of the old name nothing is changed.
#[tokio::test]
async fn one_that_was_made_anew_by_hand_is_left_alone() {
    let host = with_two().await;
    let app = host.db.app();
    admin(&host, RENAME).await;
    admin(&host, "CREATE ROLE _r_one_{} LOGIN").await;
    let words = format!("was renamed: rx_{app}, and another role bears the name _r_one_{app}");
    host.run(&["tenant", "upgrade", "one"]).await.fails_in_it(77, &words, "RENAME TO …; ALTER ROLE");
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    assert!(!logs_in(&host, "rx").await && logs_in(&host, "_r_one").await);
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    assert!(!is_there(&host, "rx").await && logs_in(&host, "_r_one").await);
    host.db.drop().await;
}

#[tokio::test]
async fn a_purge_drops_it_with_all_it_made() {
    let host = with_two().await;
    let login = options(&host, "one", "rx_{}").await;
    admin(&host, RENAME).await;
    let mut session = PgConnection::connect_with(&login).await.unwrap();
    for sql in ["SET default_transaction_read_only = off", "SELECT lo_create(0) FROM generate_series(1, 600)"]
    {
        sqlx::raw_sql(sql).execute(&mut session).await.unwrap();
    }
    let said = host.run(&["tenant", "purge", "one", "--dry-run"]).await.exit(0);
    assert!(said.out.contains("drop-reporter: rx_"), "{}", said.out);
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    assert!(!is_there(&host, "rx").await);
    sqlx::raw_sql("SELECT 1").execute(&mut session).await.unwrap_err();
    host.run(&["tenant", "add", "one"]).await.exit(0);
    host.db.drop().await;
}

/// The exit code says that it stays open, and the statement what closes it.
#[tokio::test]
async fn where_core_may_not_close_it_that_is_told() {
    let host = with_two().await;
    let app = host.db.app();
    admin(&host, RENAME).await;
    admin(&host, "ALTER ROLE rx_{} SUPERUSER").await;
    let close = format!("ALTER ROLE \"rx_{app}\" WITH NOLOGIN");
    let words = format!("the role rx_{app} may still log in");
    host.run(&["tenant", "disable", "one"]).await.fails_in_it(77, &words, &close);
    assert!(logs_in(&host, "rx").await);
    let drop = format!("DROP ROLE \"rx_{app}\"");
    host.run(&["tenant", "purge", "one", "--yes"]).await.fails_in_it(77, "may not drop the role rx_", &drop);
    admin(&host, "ALTER ROLE rx_{} NOSUPERUSER").await;
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    assert!(!is_there(&host, "rx").await);
    host.db.drop().await;
}

/// A number that was given out again, to an administrator's role or a tenant's, says nothing.
#[tokio::test]
async fn whoever_has_its_number_by_chance_is_left_alone() {
    let host = with_two().await;
    admin(&host, "CREATE ROLE stranger_{} LOGIN").await;
    for other in ["stranger", "two", "_r_two"] {
        let sql = format!(
            "UPDATE rolewright.role_fingerprint SET role_oid = '{other}_{{}}'::regrole WHERE role = '_r_one_{{}}'"
        );
        admin(&host, &sql).await;
        host.run(&["tenant", "disable", "one"]).await.exit(0);
        assert!(!logs_in(&host, "_r_one").await && logs_in(&host, "_r_two").await, "{other}");
        assert!(logs_in(&host, "stranger").await, "{other}");
        assert!(!host.run(&["tenant", "list"]).await.exit(0).out.contains("was renamed"), "{other}");
        host.run(&["tenant", "enable", "one"]).await.exit(0);
        assert!(logs_in(&host, "_r_one").await, "{other}");
    }
    host.run(&["query", "--as", "tenant:two", "SELECT name FROM ward"]).await.exit(0);
    host.db.drop().await;
}
