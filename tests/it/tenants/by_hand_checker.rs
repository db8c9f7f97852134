//! A core that never has CREATEROLE, and reports of the tenants' own: an administrator makes every role, the checker among them.

use rolewright::sessions::Report;
use rolewright_testkit::{Database, Options};

use super::{
    module::{admin, configure, file, number, start},
    reporting::query,
};
use crate::server::cli::{Host, Said};

const REPORTS: &str = "[tenancy.migrate]\nfolder = \"migrations\"\n[tenancy.reports]\nmax_connections = 4";

const CHECKER: [&str; 2] = ["url", "--checker"];

/// With the key by which the checker is taken over, and more.
fn adopting(host: &Host, more: &str) {
    configure(host, &format!("{REPORTS}\n[sandbox]\nadopt = true\n{more}"));
}

/// A database whose core may make no roles, with nothing in it.
fn bare(db: Database) -> Host {
    let host = Host::bare(db);
    configure(&host, REPORTS);
    std::fs::create_dir_all(host.folder.path().join("migrations")).unwrap();
    file(&host, "001_ward.sql", "CREATE TABLE ward (id int); INSERT INTO ward VALUES (7)");
    host
}

async fn core_without() -> Host {
    bare(Database::with(Options::new().without_create_role()).await)
}

/// What is told to be run, without the comment at its end.
fn told(said: &Said) -> String {
    let hint = said.err.lines().find_map(|line| line.strip_prefix("hint: ")).unwrap();
    hint.split(" -- ").next().unwrap().to_owned()
}

/// The password in what a command prints.
async fn password(host: &Host, command: &[&str]) -> String {
    let url = host.run(command).await.exit(0).out;
    url.split_once("://").unwrap().1.split(['@', ':']).nth(1).unwrap().to_owned()
}

/// As an administrator: the statements, with these commands' passwords in the order of the places for them.
async fn by_hand(host: &Host, statements: &str, passwords: &[&[&str]]) {
    assert_eq!(statements.matches('…').count(), passwords.len(), "{statements}");
    let mut sql = statements.to_owned();
    for command in passwords {
        sql = sql.replacen('…', &password(host, command).await, 1);
    }
    admin(host, &sql).await;
}

/// A host whose checker was made by hand and taken over.
async fn adopted() -> Host {
    let host = core_without().await;
    adopting(&host, "");
    let said = host.run(&["apply"]).await.exit(77);
    by_hand(&host, &told(&said), &[&CHECKER]).await;
    host.run(&["apply"]).await.exit(0);
    host
}

/// The same with the tenant `one`, all of it made by hand.
async fn with_a_tenant() -> Host {
    let host = adopted().await;
    let said = host.run(&["tenant", "add", "one"]).await.exit(77);
    let passwords: [&[&str]; 2] =
        [&["tenant", "url", "--login", "1"], &["tenant", "url", "one", "--reports"]];
    by_hand(&host, &told(&said), &passwords).await;
    let said = host.run(&["tenant", "add", "--adopt", "one"]).await.exit(0);
    assert!(said.out.contains("open-to-reports"), "{}", said.out);
    host
}

async fn all_is_well(host: &Host) {
    for command in ["check", "verify", "doctor"] {
        host.run(&[command]).await.exit(0);
    }
    assert_eq!(host.run(&["apply"]).await.exit(0).out, "nothing to change\n");
}

#[tokio::test]
async fn a_checker_is_made_by_what_is_told_and_taken_over_by_its_key() {
    let host = core_without().await;
    host.run(&["plan"]).await.exit(0);
    host.run(&CHECKER).await.fails(77, "has no password yet", "rolewright apply");
    let said = host.run(&["apply"]).await;
    let said =
        said.fails(77, "_checker does not exist", "; -- then set sandbox.adopt = true, and rolewright apply");
    assert!(said.err.contains("`rolewright url --checker` prints the password"), "{}", said.err);
    host.run(&["doctor"]).await.exit(1);
    // Some other password is not known to be the one that is derived.
    admin(&host, &told(&said)).await;
    host.run(&["apply"]).await.fails(
        77,
        "was not made by rolewright",
        "set sandbox.adopt = true to take it over",
    );
    adopting(&host, "");
    let said = host.run(&["apply"]).await;
    let said = said.fails(
        77,
        "does not have the password that is derived for it",
        "WITH PASSWORD '…' /* `rolewright url",
    );
    assert_eq!(
        number(&host, "SELECT count(*) FROM pg_namespace WHERE nspname = 'rolewright_check'").await,
        0
    );
    by_hand(&host, &told(&said), &[&CHECKER]).await;
    let said = host.run(&["check"]).await.exit(2);
    assert!(said.out.contains("know-password"), "{}", said.out);
    let said = host.run(&["apply"]).await.exit(0);
    assert!(said.out.contains("know-password") && said.out.contains("4 changes"), "{}", said.out);
    all_is_well(&host).await;
    // From now on it is known by its password.
    configure(&host, REPORTS);
    all_is_well(&host).await;
    host.db.drop().await;
}

#[tokio::test]
async fn a_tenant_lives_where_core_never_has_createrole() {
    let host = with_a_tenant().await;
    let one = query("tenant:one", "SELECT id FROM ward");
    assert_eq!(host.run(&one).await.exit(0).out.lines().last(), Some("7"));
    // The text is looked at before it runs.
    host.run(&query("tenant:one", "SELECT pg_sleep(1)")).await.fails(5, "may not call pg_sleep", "");
    host.run(&query("tenant:one", "SELECT FROM rolewright.tenant")).await.exit(6);
    file(&host, "002_name.sql", "ALTER TABLE ward ADD name text");
    host.run(&["tenant", "upgrade"]).await.exit(0);
    let app = start(&host).await;
    let mut rows =
        app.tenant("one").await.unwrap().query(&Report::new("SELECT name FROM ward")).await.unwrap();
    assert_eq!(rows.collect().await.unwrap(), [[None::<String>]]);
    app.drain().await;
    all_is_well(&host).await;

    let said = host.run(&["tenant", "disable", "one", "--format", "json"]).await.exit(77).json();
    host.run(&one).await.fails(5, "is disabled", "tenant enable one");
    for finding in said["tenants"][0]["findings"].as_array().unwrap() {
        admin(&host, finding["fix"].as_str().unwrap()).await;
    }
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    // What keeps it from being served is told at once.
    let said = host.run(&["tenant", "enable", "one"]).await.exit(77);
    by_hand(&host, &told(&said), &[]).await;
    host.run(&["tenant", "enable", "one"]).await.exit(0);
    host.run(&one).await.exit(0);
    all_is_well(&host).await;
    assert_eq!(
        number(
            &host,
            &format!(
                "SELECT count(*) FROM pg_roles WHERE rolname = '{}' AND rolcreaterole",
                host.db.core_role()
            )
        )
        .await,
        0
    );
    host.db.drop().await;
}

#[tokio::test]
async fn a_checker_with_too_much_is_refused_with_its_fix() {
    let host = adopted().await;
    let core = host.db.core_role();
    admin(&host, "CREATE ROLE else_{} NOLOGIN; CREATE TABLE public.theirs (id int)").await;
    for (done, error) in [
        ("ALTER ROLE {}_checker BYPASSRLS", "has BYPASSRLS"),
        ("ALTER ROLE {}_checker REPLICATION", "has REPLICATION"),
        ("ALTER ROLE {}_checker CREATEDB CREATEROLE", "{}_checker"),
        ("ALTER ROLE {}_checker SUPERUSER", "is a superuser"),
        ("ALTER ROLE {}_checker INHERIT VALID UNTIL '2020-01-01' CONNECTION LIMIT 99", "lacks CREATEROLE"),
        ("ALTER ROLE {}_checker NOLOGIN", "lacks CREATEROLE"),
        ("ALTER ROLE {}_checker SET statement_timeout = 0", "lacks CREATEROLE"),
        ("ALTER ROLE {}_checker SET work_mem = '1MB'", "lacks CREATEROLE"),
        ("REVOKE {}_checker FROM {core}", "lacks CREATEROLE"),
        ("GRANT pg_read_all_data TO {}_checker", "is a member of pg_read_all_data"),
        ("GRANT {}_checker TO else_{}", "is a member of {}_checker"),
        ("CREATE TABLE public.own (); ALTER TABLE public.own OWNER TO {}_checker", "owns table public.own"),
        ("GRANT SELECT ON public.theirs TO {}_checker", "SELECT"),
        ("ALTER ROLE {}_checker BYPASSRLS NOLOGIN", "has BYPASSRLS"),
    ] {
        admin(&host, &done.replace("{core}", &core)).await;
        let said = host.run(&["apply"]).await.fails(77, &error.replace("{}", &host.db.app()), "");
        assert_ne!(host.run(&["check"]).await.code, 0, "{done}");
        by_hand(&host, &told(&said), &[]).await;
        // What core may take back itself, it does.
        host.run(&["apply"]).await.exit(0);
        host.run(&["check"]).await.exit(0);
    }
    all_is_well(&host).await;
    admin(&host, "DROP TABLE public.theirs; DROP ROLE else_{}").await;
    host.db.drop().await;
}

#[tokio::test]
async fn a_new_secret_says_what_an_administrator_sets_anew() {
    let host = with_a_tenant().await;
    let one = query("tenant:one", "SELECT id FROM ward");
    let app = start(&host).await;
    let tenant = app.tenant("one").await.unwrap();
    let report = Report::new("SELECT id FROM ward");
    tenant.query(&report).await.unwrap().collect().await.unwrap();
    let said = host.run(&["secret", "rotate-roles"]).await.exit(0);
    let statement = |role: &str| format!("ALTER ROLE \"{}\"", role.replace("{}", &host.db.app()));
    for role in ["{}_checker", "_1_{}"] {
        assert!(said.out.contains(&statement(role)), "{}", said.out);
    }
    assert!(said.out.contains("rolewright tenant upgrade"), "{}", said.out);
    // What is logged in goes on, and what logs in anew is refused, until the passwords are set.
    tenant.query(&report).await.unwrap().collect().await.unwrap();
    host.run(&one).await.exit(77);
    host.run(&["check"]).await.exit(2);
    let said = host.run(&["apply"]).await.fails(77, "does not have the password", &statement("{}_checker"));
    // A second one is not kept from coming by that.
    host.run(&["secret", "rotate-roles"]).await.exit(0);
    by_hand(&host, &told(&said), &[&CHECKER]).await;
    let login = format!("{} PASSWORD '…'", statement("_1_{}"));
    by_hand(&host, &login, &[&["tenant", "url", "--login", "1"]]).await;
    let said = host.run(&["apply"]).await.exit(0);
    assert!(
        said.out.contains("know-password") && !said.err.contains("must be altered"),
        "{}{}",
        said.out,
        said.err
    );
    let said = host.run(&["tenant", "upgrade"]).await.exit(77);
    by_hand(&host, &told(&said), &[&["tenant", "url", "one", "--reports"]]).await;
    let said = host.run(&["tenant", "upgrade"]).await.exit(0);
    assert!(said.out.contains("know-password"), "{}", said.out);
    tenant.query(&report).await.unwrap().collect().await.unwrap();
    host.run(&one).await.exit(0);
    app.drain().await;
    // By its age alone a secret is not replaced where somebody has to be there for it.
    adopting(&host, "[start]\nrotate_roles_after = \"1ms\"");
    let said = host.run(&["apply"]).await.exit(0);
    assert!(said.out.contains("is older than start.rotate_roles_after"), "{}", said.out);
    host.run(&["check"]).await.exit(0);
    host.run(&one).await.exit(0);
    host.db.drop().await;
}

#[tokio::test]
async fn a_password_that_somebody_changed_is_told_by_everything() {
    let host = with_a_tenant().await;
    admin(&host, "ALTER ROLE {}_checker PASSWORD 'else'").await;
    let words = "does not have the password that is derived for it";
    let said = host.run(&["check"]).await.exit(2);
    assert!(said.out.contains(words) && said.out.contains("rolewright url --checker"), "{}", said.out);
    host.run(&["doctor"]).await.exit(1);
    host.run(&query("tenant:one", "SELECT 1")).await.fails(77, "refuses its password", "rolewright apply");
    let said = host.run(&["apply"]).await.fails(77, words, "ALTER ROLE");
    by_hand(&host, &told(&said), &[&CHECKER]).await;
    host.run(&query("tenant:one", "SELECT 1")).await.exit(0);
    all_is_well(&host).await;
    host.db.drop().await;
}

/// From 16 on a role that may create roles is no superuser's equal, and whoever has made a role is its member.
#[tokio::test]
async fn an_administrator_need_not_be_a_superuser() {
    let host = core_without().await;
    adopting(&host, "");
    let said = host.run(&["apply"]).await.exit(77);
    admin(&host, "CREATE ROLE dba_{} NOLOGIN CREATEROLE").await;
    let made = format!("SET ROLE dba_{{}}; {}; RESET ROLE", told(&said));
    by_hand(&host, &made, &[&CHECKER]).await;
    host.run(&["apply"]).await.exit(0);
    all_is_well(&host).await;
    // The statements came from a role that may be gone later.
    let said = host.run(&["verify"]).await.exit(0);
    assert!(said.out.contains("verified: "), "{}", said.out);
    host.db.drop().await;
}

/// A tenant that comes before the checker says what is missing.
#[tokio::test]
async fn a_tenant_before_the_checker_is_told_so() {
    let host = core_without().await;
    host.run(&["apply"]).await.exit(77);
    let said = host.run(&["tenant", "add", "one"]).await.exit(77);
    let passwords: [&[&str]; 2] =
        [&["tenant", "url", "--login", "1"], &["tenant", "url", "one", "--reports"]];
    by_hand(&host, &told(&said), &passwords).await;
    let said = host.run(&["tenant", "add", "--adopt", "one"]).await;
    said.fails_in_it(78, "the checker of reports, the role ", "rolewright apply");
    let said = host.run(&["apply"]).await.exit(77);
    by_hand(&host, &told(&said), &[&CHECKER]).await;
    adopting(&host, "");
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "add", "one"]).await.exit(0);
    host.run(&query("tenant:one", "SELECT id FROM ward")).await.exit(0);
    host.db.drop().await;
}
