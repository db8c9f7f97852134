//! What would stop a job: a login's password and settings that somebody changed, rights that were taken, a database that takes no changes,
//! connections that are taken.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::module::{admin, applied, configure, migrating, number};

#[tokio::test]
async fn a_password_that_was_changed_is_mended_by_whatever_needs_it() {
    let host = applied().await;
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    for line in [
        &["tenant", "disable", "one"][..],
        &["tenant", "purge", "one", "--yes"],
        &["tenant", "purge", "two", "--yes"],
    ] {
        admin(&host, "ALTER ROLE _1_{} PASSWORD 'changed'").await;
        host.run(line).await.exit(0);
    }
    host.run(&["tenant", "add", "one"]).await.exit(0);
    admin(&host, "ALTER ROLE _1_{} NOLOGIN").await;
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    host.db.drop().await;
}

/// As a policy for passwords has it.
#[tokio::test]
async fn a_password_that_is_no_longer_good_is_good_again() {
    let host = applied().await;
    configure(&host, "[tenancy.reports]\nmax_connections = 4");
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    admin(&host, "ALTER ROLE _1_{} VALID UNTIL '2020-01-01'").await;
    host.run(&["tenant", "disable", "two"]).await.exit(0);
    let past = "SELECT count(*) FROM pg_roles WHERE rolname LIKE '%_{}' AND rolvaliduntil < 'infinity'";
    assert_eq!(number(&host, past).await, 0);
    admin(&host, "ALTER ROLE _1_{} VALID UNTIL '2020-01-01'; ALTER ROLE _r_one_{} VALID UNTIL '2020-01-01'")
        .await;
    host.run(&["tenant", "upgrade"]).await.exit(0);
    assert_eq!(number(&host, past).await, 0);
    host.run(&["query", "--as", "tenant:one", "SELECT 1"]).await.exit(0);
    host.db.drop().await;
}

/// As guides for hardening have it.
#[tokio::test]
async fn a_database_that_not_everyone_may_connect_to_lets_its_logins_in() {
    let host = applied().await;
    configure(&host, "[tenancy.reports]\nmax_connections = 4");
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "add", "one"]).await.exit(0);
    let core = host.db.core_role();
    admin(
        &host,
        &format!(
            "REVOKE CONNECT ON DATABASE \"{{}}\" FROM PUBLIC; GRANT CONNECT ON DATABASE \"{{}}\" TO {core}"
        ),
    )
    .await;
    let grant = format!("GRANT CONNECT ON DATABASE \"{}\" TO \"_", host.db.app());
    host.run(&["tenant", "add", "two"]).await.fails_in_it(77, "may not connect to database", &grant);
    host.run(&["tenant", "upgrade"]).await.fails_in_it(77, "may not connect to database", &grant);
    host.run(&["tenant", "disable", "one"]).await.fails_in_it(
        69,
        "permission denied",
        "GRANT CONNECT ON DATABASE",
    );
    admin(&host, &format!("GRANT CONNECT ON DATABASE \"{{}}\" TO {core} WITH GRANT OPTION")).await;
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    host.run(&["tenant", "enable", "one"]).await.exit(0);
    host.run(&["tenant", "add", "two"]).await.exit(0);
    for id in ["one", "two"] {
        host.run(&["query", "--as", &format!("tenant:{id}"), "SELECT 1"]).await.exit(0);
    }
    let said = host.run(&["tenant", "upgrade"]).await.exit(0);
    assert_eq!(said.out.matches("nothing to change").count(), 2, "{}", said.out);
    host.run(&["tenant", "purge", "one", "two", "--yes"]).await.exit(0);
    assert_eq!(
        number(&host, "SELECT count(*) FROM pg_roles WHERE rolname LIKE '%one_{}' OR rolname LIKE '%two_{}'")
            .await,
        0
    );
    host.db.drop().await;
}

#[tokio::test]
async fn core_acts_as_its_keepers_or_says_what_is_missing() {
    let host = applied().await;
    host.run(&["tenant", "add", "one", "two", "three"]).await.exit(0);
    let (app, core) = (host.db.app(), host.db.core_role());
    let strict = number(&host, "SELECT current_setting('server_version_num')::int8").await >= 160_000;
    let by = if strict { format!(" GRANTED BY {core}") } else { String::new() };
    admin(&host, &format!("REVOKE _k1_{{}} FROM {core}{by}")).await;
    let said = host.run(&["tenant", "disable", "one"]).await.exit(0);
    assert!(said.out.contains("join-keeper"), "{}", said.out);

    let rest = if strict { " CASCADE" } else { "" };
    admin(&host, &format!("REVOKE _k1_{{}} FROM {core}{rest}; ALTER ROLE {core} NOCREATEROLE")).await;
    host.run(&["tenant", "upgrade", "two"]).await.exit(0);
    let words = format!("the role _1_{app} may become the tenant two");
    host.run(&["tenant", "disable", "two"]).await.fails_in_it(77, &words, "REVOKE \"two_");
    let said = host.run(&["tenant", "purge", "three", "--dry-run"]).await.exit(77);
    assert!(said.out.contains("may not drop the role three_"), "{}", said.out);
    admin(&host, &format!("ALTER ROLE {core} CREATEROLE")).await;
    if strict {
        let grant = format!("GRANT \"_k1_{app}\" TO \"{core}\" WITH ADMIN TRUE, INHERIT FALSE, SET TRUE");
        host.run(&["tenant", "add", "four"]).await.fails_in_it(77, "may not act as the keeper _k1_", &grant);
        admin(&host, &grant).await;
    }
    host.run(&["tenant", "add", "four"]).await.exit(0);
    host.run(&["tenant", "disable", "two"]).await.exit(0);
    host.run(&["tenant", "purge", "three", "--yes"]).await.exit(0);
    host.db.drop().await;
}

/// As a cluster that was restored into a newer one leaves it.
#[tokio::test]
async fn a_keeper_that_is_out_of_its_group_is_taken_in_again() {
    let host = applied().await;
    host.run(&["tenant", "add", "one"]).await.exit(0);
    let strict = number(&host, "SELECT current_setting('server_version_num')::int8").await >= 160_000;
    let by = if strict { format!(" GRANTED BY {} CASCADE", host.db.core_role()) } else { String::new() };
    admin(&host, &format!("REVOKE _k_{{}} FROM _k1_{{}}{by}")).await;
    let said = host.run(&["tenant", "add", "two", "--dry-run"]).await.exit(0);
    assert!(said.out.contains("make-keeper: _k1_"), "{}", said.out);
    host.run(&["tenant", "add", "two"]).await.exit(0);
    let said = host.run(&["tenant", "add", "three", "--dry-run"]).await.exit(0);
    assert!(!said.out.contains("make-keeper"), "{}", said.out);
    host.db.drop().await;
}

/// Any text of the module's may set these for its own login, and every session that comes would begin so.
#[tokio::test]
async fn what_a_text_set_for_its_login_stops_no_job() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    let url = host.run(&["tenant", "url"]).await.exit(0).out;
    let mut module = PgConnection::connect(url.trim()).await.unwrap();
    let set = format!(
        "ALTER ROLE CURRENT_USER SET role = 'two_{0}'; ALTER ROLE CURRENT_USER SET statement_timeout = '1ms'; \
         ALTER ROLE CURRENT_USER SET default_transaction_read_only = on; \
         ALTER ROLE CURRENT_USER IN DATABASE \"{0}\" SET lock_timeout = '1ms'",
        host.db.app()
    );
    sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut module).await.unwrap();
    // Each session would be ended before it has asked anything.
    for ends in ["idle_session_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"] {
        let set = format!("ALTER ROLE CURRENT_USER IN DATABASE \"{}\" SET {ends} = '1ms'", host.db.app());
        // What an older server does not know.
        let _ = sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut module).await;
    }
    module.close().await.unwrap();
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    let kept = "SELECT count(*) FROM pg_db_role_setting WHERE setrole = '_1_{}'::regrole";
    assert_eq!(number(&host, kept).await, 2, "a disable alters no login");
    host.run(&["tenant", "enable", "one"]).await.exit(0);
    assert_eq!(number(&host, kept).await, 0);
    host.db.drop().await;
}

#[tokio::test]
async fn a_database_that_takes_no_changes_says_which_setting_that_is() {
    let host = applied().await;
    host.run(&["tenant", "add", "one"]).await.exit(0);
    admin(&host, "ALTER DATABASE \"{}\" SET default_transaction_read_only = on").await;
    let said = host.run(&["tenant", "disable", "one"]).await;
    said.fails(77, "read-only transaction", "SHOW default_transaction_read_only");
    admin(&host, "ALTER DATABASE \"{}\" RESET default_transaction_read_only").await;
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    host.db.drop().await;
}

#[tokio::test]
async fn connections_that_are_taken_are_told_as_that() {
    let host = applied().await;
    host.run(&["tenant", "add", "one"]).await.exit(0);
    for limit in [3, 4] {
        let sql = format!("ALTER ROLE {} CONNECTION LIMIT {limit}", host.db.core_role());
        admin(&host, &sql).await;
        let env = [("ROLEWRIGHT__DATABASE__POOL__ACQUIRE", "1s")];
        let said = host.run_with(&["tenant", "add", "a", "b", "c"], "", &env).await;
        if said.code != 0 {
            assert_eq!(said.code, 69, "{limit}: {}", said.err);
            assert!(said.err.contains("connection"), "{limit}: {}", said.err);
            assert!(
                said.err.contains("raise") && !said.err.contains("that PostgreSQL is up"),
                "{limit}: {}",
                said.err
            );
        }
    }
    admin(&host, &format!("ALTER ROLE {} CONNECTION LIMIT -1", host.db.core_role())).await;
    host.run(&["tenant", "resume"]).await;
    host.run(&["tenant", "add", "a", "b", "c"]).await.exit(0);
    host.db.drop().await;
}
