//! The module's migrations, in each tenant's schema and as that tenant.

use rolewright::SeaOrm;
use sea_orm_migration::prelude::*;

use super::module::{admin, applied, configure, file, listed, migrating, number, start};

fn each(names: &[(String, String, String)]) -> Vec<(&str, &str, &str)> {
    names.iter().map(|(id, state, version)| (id.as_str(), state.as_str(), version.as_str())).collect()
}

#[tokio::test]
async fn one_that_fails_stops_no_other() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "one", "two", "three"]).await.exit(0);
    let owners = "SELECT count(*) FROM pg_tables WHERE tablename = 'wards' AND tableowner = schemaname";
    assert_eq!(number(&host, owners).await, 3);
    assert_eq!(
        each(&listed(&host).await),
        [
            ("one", "active", "001_wards.sql"),
            ("three", "active", "001_wards.sql"),
            ("two", "active", "001_wards.sql")
        ]
    );
    admin(&host, "INSERT INTO two_{}.wards VALUES (7, 'x')").await;
    file(&host, "002_seed.sql", "INSERT INTO wards VALUES (7, 'seven');");
    let said = host.run(&["tenant", "upgrade"]).await.fails_in_it(6, "a migration failed", "tenant upgrade");
    assert!(
        said.out.contains("upgrade: 2 done, 1 failed") && said.out.contains("one: 002_seed.sql"),
        "{}",
        said.out
    );
    assert_eq!(
        each(&listed(&host).await),
        [
            ("one", "active", "002_seed.sql"),
            ("three", "active", "002_seed.sql"),
            ("two", "active", "001_wards.sql")
        ]
    );
    admin(&host, "DELETE FROM two_{}.wards").await;
    let said = host.run(&["tenant", "upgrade"]).await.exit(0);
    assert!(
        said.out.contains("one: nothing to change") && said.out.contains("two: 002_seed.sql"),
        "{}",
        said.out
    );
    file(&host, "002_seed.sql", "INSERT INTO wards VALUES (8, 'eight');");
    host.run(&["tenant", "upgrade", "one"]).await.fails_in_it(
        6,
        "002_seed.sql was changed after it was applied",
        "",
    );
    host.db.drop().await;
}

#[tokio::test]
async fn a_migration_cannot_leave_as_somebody_else() {
    let host = applied().await;
    migrating(&host);
    file(&host, "002_out.sql", "RESET ROLE;");
    let said = host.run(&["tenant", "add", "one"]).await.fails_in_it(
        6,
        "002_out.sql ended as _1_",
        "mend the migration",
    );
    assert!(said.out.contains("0 done, 1 failed"), "{}", said.out);
    assert_eq!(number(&host, "SELECT count(*) FROM pg_tables WHERE tablename = 'wards'").await, 0);
    assert_eq!(each(&listed(&host).await), [("one", "adding", "")]);
    file(&host, "002_out.sql", "SELECT 1;");
    host.run(&["tenant", "add", "one"]).await.exit(0);
    assert_eq!(each(&listed(&host).await), [("one", "active", "002_out.sql")]);
    host.db.drop().await;
}

#[tokio::test]
async fn a_program_finds_the_tenant_in_its_environment() {
    let host = applied().await;
    configure(
        &host,
        "[tenancy.migrate]\ncommand = [\"sh\", \"-c\", \"printf %s $DATABASE_URL > url-$TENANT\"]",
    );
    host.run(&["tenant", "add", "one"]).await.exit(0);
    let url = std::fs::read_to_string(host.folder.path().join("url-one")).unwrap();
    let pool = sqlx::PgPool::connect(&url).await.unwrap();
    sqlx::raw_sql("CREATE TABLE t (a int)").execute(&pool).await.unwrap();
    pool.close().await;
    let made = "SELECT count(*) FROM pg_tables WHERE schemaname = 'one_{}' AND tablename = 't' AND tableowner = 'one_{}'";
    assert_eq!(number(&host, made).await, 1);
    configure(&host, "[tenancy.migrate]\ncommand = [\"false\"]");
    host.run(&["tenant", "upgrade"]).await.fails_in_it(
        1,
        "`tenancy.migrate.command` ended with",
        "its own output",
    );
    host.db.drop().await;
}

#[tokio::test]
async fn a_program_gets_nothing_of_cores() {
    let host = applied().await;
    configure(&host, "[tenancy.migrate]\ncommand = [\"sh\", \"-c\", \"env > env-$TENANT\"]");
    let env = [
        ("DB_USERNAME", "core"),
        ("DB_PASSWORD", "canary"),
        ("PGPASSWORD", "canary"),
        ("PGUSER", "core"),
        ("ROLEWRIGHT__DATABASE__PASSWORD", "canary"),
        ("KEPT", "yes"),
    ];
    let url = host.run(&["tenant", "url"]).await.exit(0).out;
    host.run_with(&["tenant", "add", "one"], "", &env).await.exit(0);
    let given = std::fs::read_to_string(host.folder.path().join("env-one")).unwrap();
    assert!(
        !given.contains("canary") && !given.contains("ROLEWRIGHT_") && !given.contains("PGUSER"),
        "{given}"
    );
    let value = |name: &str| given.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    assert_eq!(value("DB_USERNAME"), Some(format!("_1_{}", host.db.app()).as_str()));
    assert!(url.contains(value("DB_PASSWORD").unwrap()));
    assert_eq!((value("DB_HOST"), value("KEPT")), (None, Some("yes")));
    host.db.drop().await;
}

struct Module;

impl MigratorTrait for Module {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Visits)]
    }
}

struct Visits;

impl MigrationName for Visits {
    fn name(&self) -> &str {
        "m0001_visits"
    }
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait is expanded by async_trait, which elides them too")]
impl MigrationTrait for Visits {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .get_connection()
            .execute_unprepared("CREATE TABLE visits (id int PRIMARY KEY)")
            .await
            .map(|_| ())
    }
}

#[tokio::test]
async fn a_host_brings_its_own_migrator() {
    let host = applied().await;
    let app = start(&host).await;
    let migrator = SeaOrm::<Module>::default();
    let tenants = app.tenants().unwrap().migrations(&migrator);
    let ids = ["one", "two"].map(|id| id.parse().unwrap());
    let report = tenants.add(&ids, false).await.unwrap();
    assert!(report.tenants.iter().all(|item| item.changes.last().unwrap() == "m0001_visits"), "{report:?}");
    assert!(tenants.upgrade(&[]).await.unwrap().tenants.iter().all(|item| item.changes.is_empty()));
    assert_eq!(tenants.get(&ids[0]).await.unwrap().version.as_deref(), Some("m0001_visits"));
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = tableowner AND tablename IN ('visits', 'seaql_migrations')";
    assert_eq!(number(&host, tables).await, 4);
    app.drain().await;
    host.db.drop().await;
}

#[tokio::test]
async fn what_one_left_in_its_session_the_next_does_not_find() {
    let host = applied().await;
    migrating(&host);
    configure(&host, "parallel = 1\n[tenancy.migrate]\nfolder = \"migrations\"");
    file(
        &host,
        "002_left.sql",
        "DO $$ BEGIN IF to_regclass('pg_temp.kept') IS NOT NULL OR current_setting('my.canary', true) <> ''
             OR EXISTS (SELECT FROM pg_listening_channels())
             OR EXISTS (SELECT FROM pg_prepared_statements WHERE from_sql)
             OR EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())
         THEN RAISE EXCEPTION 'another tenant is seen'; END IF; END $$;
         CREATE TEMP TABLE kept (a int); SET my.canary = 'canary'; LISTEN canary; PREPARE canary AS SELECT 1;
         SELECT pg_advisory_lock(4711);",
    );
    host.run(&["tenant", "add", "one", "two", "three"]).await.exit(0);
    host.db.drop().await;
}

#[tokio::test]
async fn what_a_migration_commits_itself_is_told_as_kept() {
    let host = applied().await;
    migrating(&host);
    let made = "SELECT count(*) FROM pg_tables WHERE tablename IN ('wards', 'kept')";
    file(&host, "002_commit.sql", "CREATE TABLE kept (a int); COMMIT;");
    let said = host.run(&["tenant", "add", "one"]).await.fails_in_it(
        6,
        "002_commit.sql ended its transaction itself",
        "take COMMIT out",
    );
    assert!(said.err.contains("a migration committed by itself"), "{}", said.err);
    assert_eq!(number(&host, made).await, 2);
    file(&host, "002_commit.sql", "DROP TABLE kept; ROLLBACK;");
    let said = host.run(&["tenant", "add", "one"]).await.fails_in_it(
        6,
        "002_commit.sql ended its transaction itself",
        "mend the migration",
    );
    assert!(said.err.contains("rolled back"), "{}", said.err);
    assert_eq!(number(&host, made).await, 2);
    file(&host, "002_commit.sql", "SET search_path = pg_temp;");
    let told = "002_commit.sql ended with search_path = pg_temp";
    host.run(&["tenant", "add", "one"]).await.fails_in_it(6, told, "mend the migration");
    file(&host, "002_commit.sql", "SELECT 1;");
    host.run(&["tenant", "add", "one"]).await.exit(0);
    host.db.drop().await;
}

/// What the server runs within COMMIT runs before that is asked.
#[tokio::test]
async fn what_it_leaves_to_its_end_is_the_tenants_too() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    let two = format!("two_{}", host.db.app());
    let to_two = format!("PERFORM set_config('role', '{two}', true); INSERT INTO {two}.wards VALUES (667)");
    let held = format!(
        "CREATE FUNCTION to_two() RETURNS int LANGUAGE plpgsql AS $$ BEGIN {to_two}; RETURN 1; END $$; \
         DECLARE held CURSOR WITH HOLD FOR SELECT to_two();"
    );
    file(&host, "002_held.sql", &held);
    host.run(&["tenant", "upgrade", "one"]).await.exit(0);
    let deferred = format!(
        "CREATE TABLE late (a int); \
         CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {to_two}; RETURN NULL; END $$; \
         CREATE CONSTRAINT TRIGGER late AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION late(); \
         INSERT INTO late VALUES (1);"
    );
    file(&host, "003_deferred.sql", &deferred);
    let said = host.run(&["tenant", "upgrade", "one"]).await;
    said.fails_in_it(6, "it ended as two_", "mend the migration");
    assert_eq!(number(&host, "SELECT count(*) FROM two_{}.wards").await, 0);
    host.db.drop().await;
}

#[tokio::test]
async fn notes_are_a_table_of_the_schema_and_nothing_else() {
    let host = applied().await;
    host.run(&["tenant", "add", "one"]).await.exit(0);
    migrating(&host);
    admin(
        &host,
        "CREATE VIEW one_{}.rolewright_migrations AS SELECT '001_wards.sql'::text AS name, ''::text AS hash;
         ALTER VIEW one_{}.rolewright_migrations OWNER TO one_{}",
    )
    .await;
    host.run(&["tenant", "upgrade"]).await.fails_in_it(6, "already exists", "mend the migration");
    admin(&host, "DROP VIEW one_{}.rolewright_migrations").await;
    file(&host, "000_temp.sql", "CREATE TEMP TABLE rolewright_migrations (name text, hash text);");
    host.run(&["tenant", "upgrade"]).await.exit(0);
    assert_eq!(number(&host, "SELECT count(*) FROM one_{}.rolewright_migrations").await, 2);
    host.db.drop().await;
}

/// Any holder of a tenant's report URL may leave a transaction open: the tenant is told with who that is, and the others go on.
#[tokio::test]
async fn one_that_waits_for_a_lock_gives_up() {
    let host = applied().await;
    migrating(&host);
    configure(&host, "[tenancy.migrate]\nfolder = \"migrations\"\n[start]\nlock_timeout = \"1s\"");
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    file(&host, "002_more.sql", "ALTER TABLE wards ADD more int");
    let mut open = host.db.admin().begin().await.unwrap();
    let look = format!("SELECT count(*) FROM one_{}.wards", host.db.app());
    sqlx::raw_sql(sqlx::AssertSqlSafe(look)).execute(&mut *open).await.unwrap();
    let said = host.run(&["tenant", "upgrade"]).await;
    let said = said.fails_in_it(6, "what the tenant has is locked by process", "start.lock_timeout");
    assert!(said.out.contains("upgrade: 1 done, 1 failed"), "{}", said.out);
    open.rollback().await.unwrap();
    host.run(&["tenant", "upgrade"]).await.exit(0);
    host.db.drop().await;
}
