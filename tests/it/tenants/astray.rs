//! What is asked for by mistake, or stands in the way of one tenant: it is told, it is nobody else's trouble, and nothing comes of it later.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::module::{admin, applied, configure, file, listed, migrating, number};

#[tokio::test]
async fn an_upgrade_makes_no_tenant() {
    let host = applied().await;
    configure(&host, "[tenancy.reports]\nmax_connections = 4");
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "add", "diku"]).await.exit(0);
    host.run(&["tenant", "purge", "diku", "--yes"]).await.exit(0);
    for (id, words) in [("typo", "there is no tenant typo"), ("diku", "the tenant diku was purged")] {
        host.run(&["tenant", "upgrade", id, "--dry-run"]).await.exit(64);
        host.run(&["tenant", "upgrade", id]).await.fails_in_it(64, words, &format!("tenant add {id}"));
    }
    let names = listed(&host).await;
    assert!(names.len() == 1 && names[0].1 == "purged", "{names:?}");
    assert_eq!(
        number(&host, "SELECT count(*) FROM pg_roles WHERE rolname IN ('typo_{}', 'diku_{}')").await,
        0
    );
    host.db.drop().await;
}

#[tokio::test]
async fn a_statement_that_fails_for_one_stops_no_other() {
    let host = applied().await;
    host.run(&["tenant", "add", "bad"]).await.exit(0);
    // It is half made, its schema is not there, and nobody may make it.
    admin(
        &host,
        "UPDATE rolewright.tenant SET state = 'adding' WHERE id = 'bad'; DROP SCHEMA bad_{}; \
         CREATE FUNCTION public.never() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN \
         IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() c WHERE c.object_identity = 'bad_{}') THEN \
         RAISE insufficient_privilege; END IF; END $$; \
         CREATE EVENT TRIGGER never ON ddl_command_end WHEN TAG IN ('CREATE SCHEMA') EXECUTE FUNCTION public.never()",
    )
    .await;
    let said = host.run(&["tenant", "add", "aaa", "bad", "zzz"]).await;
    let said = said.fails_in_it(77, "create-schema bad_", "");
    assert!(said.out.contains("add: 2 done, 1 failed"), "{}", said.out);
    let unfinished = "SELECT count(*) FROM rolewright.tenant_job WHERE finished_at IS NULL";
    assert_eq!(number(&host, unfinished).await, 0);
    host.run(&["tenant", "resume"]).await.exit(0);
    admin(&host, "DROP EVENT TRIGGER never").await;
    host.run(&["tenant", "add", "bad"]).await.exit(0);
    host.db.drop().await;
}

#[tokio::test]
async fn a_rehearsal_says_what_would_come() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "diku"]).await.exit(0);
    let said = host.run(&["tenant", "upgrade", "--dry-run"]).await.exit(0);
    assert!(said.out.contains("nothing to change"), "{}", said.out);
    file(&host, "002_beds.sql", "CREATE TABLE beds (id int)");
    for line in [&["tenant", "upgrade", "--dry-run"][..], &["tenant", "add", "diku", "--dry-run"]] {
        let said = host.run(line).await.exit(0);
        assert!(said.out.contains("migrate: 002_beds.sql"), "{}", said.out);
    }
    assert_eq!(number(&host, "SELECT count(*) FROM pg_tables WHERE tablename = 'beds'").await, 0);
    let said = host.run(&["tenant", "purge", "diku", "--dry-run"]).await.exit(0);
    assert!(
        said.out.contains("drop-schema: diku_") && said.out.contains("drop-tenant: diku_"),
        "{}",
        said.out
    );
    admin(&host, "CREATE VIEW public.looks AS SELECT * FROM diku_{}.wards").await;
    let said = host.run(&["tenant", "purge", "diku", "--dry-run"]).await.exit(5);
    assert!(said.out.contains("refused: others' objects need what the tenant diku has"), "{}", said.out);
    assert!(!said.out.contains("drop-"), "{}", said.out);
    assert_eq!(listed(&host).await[0].1, "active");
    host.db.drop().await;
}

#[tokio::test]
async fn an_extension_in_its_schema_is_not_its_own() {
    let host = applied().await;
    host.run(&["tenant", "add", "diku", "oslo"]).await.exit(0);
    admin(
        &host,
        "CREATE EXTENSION citext SCHEMA diku_{}; CREATE TABLE oslo_{}.loan (id int, who diku_{}.citext); ALTER TABLE oslo_{}.loan OWNER TO oslo_{}",
    )
    .await;
    let said = host.run(&["tenant", "purge", "diku", "--yes"]).await;
    said.fails_in_it(5, "extension citext", "ALTER EXTENSION");
    assert_eq!(listed(&host).await[0].1, "active");
    admin(&host, "CREATE SCHEMA shared; ALTER EXTENSION citext SET SCHEMA shared").await;
    host.run(&["tenant", "purge", "diku", "--yes"]).await.exit(0);
    assert_eq!(
        number(&host, "SELECT count(*) FROM pg_attribute WHERE attname = 'who' AND NOT attisdropped").await,
        1
    );
    host.db.drop().await;
}

#[tokio::test]
async fn what_another_installation_made_is_never_taken() {
    let (host, other) = (applied().await, applied().await);
    host.run(&["tenant", "add", "diku"]).await.exit(0);
    let url = host.run(&["tenant", "url", "diku"]).await.exit(0).out.trim().to_owned();
    // The same module's tenants in another database of the cluster.
    let file = other.folder.path().join("rolewright.toml");
    let config = std::fs::read_to_string(file).unwrap();
    let module = |name: String| format!("module = \"{name}\"");
    other.config(&config.replace(&module(other.db.app()), &module(host.db.app())));
    for line in [
        &["tenant", "add", "diku"][..],
        &["tenant", "add", "--adopt", "diku"],
        &["tenant", "add", "--adopt", "oslo"],
    ] {
        let said = other.run(line).await;
        said.fails_in_it(
            77,
            "is managed by rolewright installation",
            "choose another id, or a module of another name",
        );
    }
    sqlx::PgPool::connect(&url).await.unwrap();
    host.db.drop().await;
    other.db.drop().await;
}

#[tokio::test]
async fn a_role_that_owns_more_than_a_tenant_is_not_adopted() {
    let host = applied().await;
    admin(
        &host,
        "CREATE ROLE rich_{} NOLOGIN NOINHERIT; CREATE SCHEMA rich_{} AUTHORIZATION rich_{}; CREATE TABLE rich_{}.own (id int); \
         ALTER TABLE rich_{}.own OWNER TO rich_{}; CREATE TABLE public.riches (id int); ALTER TABLE public.riches OWNER TO rich_{}",
    )
    .await;
    let said = host.run(&["tenant", "add", "--adopt", "rich"]).await;
    said.fails_in_it(77, "owns what is not in a schema of its name: table public.riches", "REASSIGN OWNED");
    let may = format!(
        "ALTER TABLE public.riches OWNER TO CURRENT_USER; GRANT rich_{{}} TO {} WITH ADMIN OPTION",
        host.db.core_role()
    );
    admin(&host, &may).await;
    host.run(&["tenant", "add", "--adopt", "rich"]).await.exit(0);
    host.run(&["tenant", "purge", "rich", "--yes"]).await.exit(0);
    assert_eq!(number(&host, "SELECT count(*) FROM pg_tables WHERE tablename IN ('riches', 'own')").await, 1);
    host.db.drop().await;
}

#[tokio::test]
async fn one_that_is_enabled_is_served_once_it_has_what_the_others_have() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "diku"]).await.exit(0);
    host.run(&["tenant", "disable", "diku"]).await.exit(0);
    host.run(&["tenant", "url", "diku"]).await.fails(64, "the tenant diku is disabled", "tenant enable diku");
    file(&host, "002_wrong.sql", "SELECT 1 / 0");
    let said = host.run(&["tenant", "enable", "diku"]).await;
    said.fails_in_it(6, "002_wrong.sql: division by zero (22012)", "mend the migration");
    let names = listed(&host).await;
    assert_eq!((names[0].1.as_str(), names[0].2.as_str()), ("disabled", "001_wards.sql"));
    let said = host.run(&["tenant", "show", "diku"]).await.exit(0);
    assert!(
        said.out.contains("enable, failed: a migration failed and was rolled back: 002_wrong.sql"),
        "{}",
        said.out
    );
    let jobs = host.run(&["tenant", "jobs", "--format", "json"]).await.exit(0).json();
    let said = host.run(&["tenant", "jobs", &jobs[0]["id"].to_string()]).await.exit(0);
    assert!(
        said.out.contains("diku: failed: a migration failed") && said.out.contains("mend the migration"),
        "{}",
        said.out
    );
    host.run(&["tenant", "jobs", "4711"]).await.fails(64, "there is no job 4711", "tenant jobs");
    file(&host, "002_wrong.sql", "SELECT 1");
    let said = host.run(&["tenant", "enable", "diku", "--dry-run"]).await.exit(0);
    assert!(said.out.contains("migrate: up to 002_wrong.sql"), "{}", said.out);
    assert_eq!(listed(&host).await[0].1, "disabled");
    host.run(&["tenant", "enable", "diku"]).await.exit(0);
    let names = listed(&host).await;
    assert_eq!((names[0].1.as_str(), names[0].2.as_str()), ("active", "002_wrong.sql"));
    // A build that is older than what was run.
    std::fs::remove_file(host.folder.path().join("migrations/002_wrong.sql")).unwrap();
    host.run(&["tenant", "upgrade"]).await.fails_in_it(
        6,
        "002_wrong.sql was applied, and is not among the files",
        "",
    );
    assert_eq!(listed(&host).await[0].2, "002_wrong.sql");
    host.db.drop().await;
}

/// A name is the session's own to choose, and any text's of the module: one that bears another tenant's was spared once, and committed
/// for a tenant that was disabled. What it holds in a tenant's schema it cannot choose.
#[tokio::test]
async fn a_session_is_spared_for_what_it_holds_and_not_for_its_name() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    let connect = async |id: &str| {
        let url = host.run(&["tenant", "url", id]).await.exit(0).out;
        PgConnection::connect(url.trim()).await.unwrap()
    };
    let begin = async |session: &mut PgConnection, sql: &str| {
        sqlx::raw_sql(AssertSqlSafe(format!("BEGIN; {sql}"))).execute(session).await.unwrap();
    };
    let mut false_name = connect("one").await;
    let name = format!("SET application_name = 'two_{}'", host.db.app());
    sqlx::raw_sql(AssertSqlSafe(name)).execute(&mut false_name).await.unwrap();
    begin(&mut false_name, "SELECT 1").await;
    let (mut idle, mut works) = (connect("two").await, connect("two").await);
    begin(&mut idle, "SELECT 1").await;
    begin(&mut works, "INSERT INTO wards VALUES (1, 'mine')").await;
    let mut rests = connect("two").await;
    let said = host.run(&["tenant", "disable", "one"]).await.exit(0);
    assert_eq!(said.out.matches("ended process").count(), 2, "{}", said.out);
    sqlx::raw_sql("INSERT INTO wards VALUES (99, 'late'); COMMIT")
        .execute(&mut false_name)
        .await
        .unwrap_err();
    sqlx::raw_sql("SELECT 1").execute(&mut idle).await.unwrap_err();
    sqlx::raw_sql("COMMIT").execute(&mut works).await.unwrap();
    sqlx::raw_sql("INSERT INTO wards VALUES (2, 'mine')").execute(&mut rests).await.unwrap();
    assert_eq!(number(&host, "SELECT count(*) FROM one_{}.wards").await, 0);
    assert_eq!(number(&host, "SELECT count(*) FROM two_{}.wards").await, 2);
    host.db.drop().await;
}
