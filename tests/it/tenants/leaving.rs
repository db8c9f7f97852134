//! Tenants that are to be refused, or to go, though something about them cannot be changed: they are, and what is left is told.

use super::module::{admin, applied, configure, file, listed, number, with_one_by_hand};
use crate::server::cli::Host;

const MEMBERS: &str = "SELECT count(*) FROM pg_auth_members m WHERE m.roleid IN ('over_{}'::regrole, 'taken_{}'::regrole, 'reads_{}'::regrole) \
     AND m.member = '_1_{}'::regrole";

async fn state(host: &Host, id: &str) -> String {
    listed(host).await.into_iter().find(|(one, ..)| one == id).unwrap().1
}

/// The statement of a hint, between what it begins and ends with.
fn statement<'a>(err: &'a str, before: &str, after: &str) -> &'a str {
    let hint = err.lines().find_map(|line| line.strip_prefix("hint: ")).unwrap();
    hint.strip_prefix(before).unwrap().split(after).next().unwrap()
}

#[tokio::test]
async fn one_that_is_more_than_it_may_be_is_refused_and_purged_all_the_same() {
    let host = applied().await;
    host.run(&["tenant", "add", "over", "super", "taken", "reads"]).await.exit(0);
    admin(
        &host,
        "ALTER ROLE over_{} BYPASSRLS REPLICATION; ALTER ROLE super_{} SUPERUSER; ALTER SCHEMA taken_{} OWNER TO CURRENT_USER; \
         GRANT pg_read_all_data TO reads_{}",
    )
    .await;
    host.run(&["tenant", "disable", "over", "taken", "reads", "--dry-run"]).await.exit(0);
    host.run(&["tenant", "disable", "over", "taken", "reads"]).await.exit(0);
    assert_eq!(number(&host, MEMBERS).await, 0);

    // Of a superuser's role nobody but a superuser takes anything: it is refused by us, and what is left is told.
    host.run(&["tenant", "disable", "super", "--dry-run"]).await.exit(77);
    let words = format!("the role _1_{} may become the tenant super", host.db.app());
    let said = host.run(&["tenant", "disable", "super"]).await.fails_in_it(77, &words, "REVOKE \"super_");
    assert!(said.out.contains("0 done, 1 failed"), "{}", said.out);
    assert_eq!(state(&host, "super").await, "disabled");
    let json = host.run(&["tenant", "disable", "super", "--format", "json"]).await.exit(77).json();
    assert_eq!(json["tenants"][0]["findings"][0]["kind"], "extra-member", "{json}");
    admin(&host, statement(&said.err, "as an administrator: ", "; then ")).await;
    host.run(&["tenant", "disable", "super"]).await.exit(0);

    // A purge goes as far as it is plainly the tenant's, and says what it comes to beforehand.
    for (id, words, hint) in [
        ("taken", "the schema taken_", "ALTER SCHEMA \"taken_"),
        ("super", "is more than a tenant may be", "ALTER ROLE \"super_"),
    ] {
        let rehearsed = host.run(&["tenant", "purge", id, "--dry-run"]).await.exit(77);
        assert!(rehearsed.out.contains(words) && !rehearsed.out.contains("drop-"), "{}", rehearsed.out);
        let said = host.run(&["tenant", "purge", id, "--yes"]).await.fails_in_it(77, words, hint);
        assert_eq!(state(&host, id).await, "disabled", "nothing was begun");
        admin(&host, statement(&said.err, "", "; then ")).await;
        host.run(&["tenant", "purge", id, "--yes"]).await.exit(0);
    }
    host.run(&["tenant", "purge", "over", "reads", "--dry-run"]).await.exit(0);
    host.run(&["tenant", "purge", "over", "reads", "--yes"]).await.exit(0);
    assert_eq!(number(&host, "SELECT count(*) FROM rolewright.tenant WHERE state = 'purged'").await, 4);
    host.db.drop().await;
}

/// Who is a member of the login reads what it reads, whether that may log in or not.
#[tokio::test]
async fn a_member_of_the_reports_login_reads_no_disabled_tenant() {
    let host = applied().await;
    configure(&host, "[tenancy.reports]\nmax_connections = 4");
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "add", "diku", "other"]).await.exit(0);
    let members = "SELECT count(*) FROM pg_auth_members WHERE roleid = '_r_diku_{}'::regrole AND member = 'other_{}'::regrole";
    let strict = number(&host, "SELECT current_setting('server_version_num')::int8").await >= 160_000;
    for closed in [false, true] {
        admin(&host, "GRANT _r_diku_{} TO other_{}").await;
        let said = host.run(&["tenant", "disable", "diku"]).await;
        assert_eq!(
            number(&host, "SELECT count(*) FROM pg_roles WHERE rolname = '_r_diku_{}' AND rolcanlogin").await,
            0
        );
        if strict {
            let words = format!("the role other_{} may read what the tenant diku has", host.db.app());
            let said = said.fails_in_it(77, &words, "REVOKE \"_r_diku_");
            admin(&host, statement(&said.err, "as an administrator: ", "; then ")).await;
            host.run(&["tenant", "disable", "diku"]).await.exit(0);
        } else {
            let said = said.exit(0);
            assert!(said.out.contains("revoke-reporter"), "{closed}: {}", said.out);
        }
        assert_eq!(number(&host, members).await, 0);
    }
    host.db.drop().await;
}

#[tokio::test]
async fn what_stays_open_of_one_that_is_disabled_is_a_failure() {
    let host = applied().await;
    configure(&host, "[tenancy.reports]\nmax_connections = 4");
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "add", "diku"]).await.exit(0);
    // Nobody whose rights we have made it.
    let apart =
        format!("ALTER ROLE _k1_{{}} RENAME TO _k9_{{}}; ALTER ROLE {} NOCREATEROLE", host.db.core_role());
    admin(&host, &apart).await;
    let app = host.db.app();
    host.run(&["tenant", "disable", "diku", "--dry-run"]).await.exit(77);
    let said = host.run(&["tenant", "disable", "diku"]).await;
    let said =
        said.fails_in_it(77, &format!("the role _1_{app} may become the tenant diku"), "REVOKE \"diku_");
    assert!(said.err.contains(&format!("the role _r_diku_{app} may still log in")), "{}", said.err);
    assert!(said.err.contains(&format!("ALTER ROLE \"_r_diku_{app}\" WITH NOLOGIN")), "{}", said.err);
    assert_eq!(state(&host, "diku").await, "disabled");
    admin(&host, statement(&said.err, "as an administrator: ", "; then ")).await;
    host.run(&["tenant", "disable", "diku"]).await.exit(0);
    host.db.drop().await;
}

/// Half made, and so too where an enable failed: the last word was that it is refused, and it is.
#[tokio::test]
async fn one_whose_migrations_fail_is_refused_as_it_was() {
    let host = applied().await;
    configure(&host, "[tenancy.migrate]\nfolder = \"migrations\"\n[tenancy.reports]\nmax_connections = 4");
    std::fs::create_dir_all(host.folder.path().join("migrations")).unwrap();
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "add", "one"]).await.exit(0);
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    file(&host, "002_wrong.sql", "SELECT 1 / 0");
    host.run(&["tenant", "enable", "one"]).await.fails_in_it(6, "division by zero", "mend the migration");
    assert_eq!(state(&host, "one").await, "disabled");
    let open = "SELECT (SELECT count(*) FROM pg_auth_members m WHERE m.roleid = 'one_{}'::regrole AND m.member = '_1_{}'::regrole) \
                + (SELECT count(*) FROM pg_roles WHERE rolname = '_r_one_{}' AND rolcanlogin)";
    assert_eq!(number(&host, open).await, 0);
    host.run(&["tenant", "upgrade"]).await.exit(0);
    assert_eq!(state(&host, "one").await, "disabled");

    host.run(&["tenant", "add", "two"]).await.fails_in_it(6, "division by zero", "mend the migration");
    assert_eq!(state(&host, "two").await, "adding");
    host.run(&["tenant", "disable", "two", "--dry-run"]).await.exit(0);
    host.run(&["tenant", "disable", "two"]).await.exit(0);
    assert_eq!(state(&host, "two").await, "disabled");
    file(&host, "002_wrong.sql", "SELECT 1");
    host.run(&["tenant", "enable", "one", "two"]).await.exit(0);
    assert_eq!((state(&host, "one").await, state(&host, "two").await), ("active".into(), "active".into()));
    host.db.drop().await;
}

/// Where core makes no roles, dropping one is an administrator's: the rehearsal says so before anything is dropped.
#[tokio::test]
async fn a_rehearsal_ends_as_the_purge_does() {
    let host = with_one_by_hand().await;
    let rehearsed = host.run(&["tenant", "purge", "hand", "--dry-run"]).await.exit(77);
    assert!(rehearsed.out.contains("may not drop the role hand_"), "{}", rehearsed.out);
    host.run(&["tenant", "purge", "hand", "--yes"]).await.fails_in_it(
        77,
        "may not drop the role",
        "DROP ROLE",
    );
    host.db.drop().await;
}

/// What somebody else gave to its role, and only an administrator can take, is seen by the rehearsal too.
#[tokio::test]
async fn what_keeps_the_role_in_the_end_is_rehearsed() {
    let host = applied().await;
    host.run(&["tenant", "add", "one"]).await.exit(0);
    admin(&host, "CREATE SCHEMA shop; GRANT USAGE ON SCHEMA shop TO one_{}").await;
    let rehearsed = host.run(&["tenant", "purge", "one", "--dry-run"]).await.exit(77);
    assert!(rehearsed.out.contains("REVOKE ALL ON SCHEMA shop"), "{}", rehearsed.out);
    host.db.drop().await;
}

#[tokio::test]
async fn an_upgrade_does_what_its_rehearsal_says() {
    let host = applied().await;
    host.run(&["tenant", "add", "over", "logs", "fine"]).await.exit(0);
    admin(&host, "ALTER ROLE over_{} BYPASSRLS; ALTER ROLE logs_{} LOGIN CREATEROLE").await;
    let rehearsed = host.run(&["tenant", "upgrade", "--dry-run"]).await.exit(77);
    assert!(rehearsed.out.contains("alter-tenant: logs_"), "{}", rehearsed.out);
    let said = host.run(&["tenant", "upgrade"]).await;
    let said = said.fails_in_it(77, "is more than a tenant may be", "NOBYPASSRLS");
    assert!(
        said.out.contains("logs: alter-tenant") && said.out.contains("fine: nothing to change"),
        "{}",
        said.out
    );
    admin(&host, "ALTER ROLE over_{} NOBYPASSRLS").await;
    host.run(&["tenant", "upgrade"]).await.exit(0);
    host.db.drop().await;
}
