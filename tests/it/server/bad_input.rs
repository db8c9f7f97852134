//! Bad input: each gets its exit code, an `error:` and a `hint:` that name the thing and the fix, and nothing half done.

use rolewright_testkit::{Database, Options};

use super::cli::Host;

/// Roles of this test's prefix and schemas of ours: nothing of either may be left by a refusal.
async fn traces(host: &Host) -> (i64, bool) {
    sqlx::query_as(
        "SELECT (SELECT count(*) FROM pg_roles WHERE rolname IN ($1 || '_reporting', $1 || '_raw')), \
                to_regclass('rolewright.local_system_secrets') IS NOT NULL",
    )
    .bind(host.db.app())
    .fetch_one(&host.db.admin())
    .await
    .unwrap()
}

#[tokio::test]
async fn key_files() {
    let host = Host::fresh().await;
    let good = "ab".repeat(32);
    host.key("short.key", "abcd", 0o600);
    host.key("long.key", &"ab".repeat(33), 0o600);
    host.key("words.key", "correct horse battery staple", 0o600);
    host.key("open.key", &good, 0o644);
    host.key("empty.key", "", 0o600);
    for (file, error, hint) in [
        ("missing.key", "missing.key", "init-key"),
        ("short.key", "short.key", ""),
        ("long.key", "long.key", ""),
        ("words.key", "words.key", ""),
        ("empty.key", "empty.key", ""),
        ("open.key", "open.key", "chmod 600"),
    ] {
        let said = host.run_with(&["apply"], "", &[("CRYPTO_KEY_FILE", file)]).await;
        assert!(matches!(said.code, 77 | 78), "{file}: {} {}", said.code, said.err);
        let code = said.code;
        said.fails(code, error, hint);
        assert_eq!(traces(&host).await, (0, false), "{file}");
    }
    host.config(&host.default_config().replace("[crypto]\nkey_file = \"rolewright.key\"\n", ""));
    host.run(&["apply"]).await.fails(78, "no key file", "crypto.key_file");
}

#[tokio::test]
async fn a_wrong_key_changes_nothing() {
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    let state = "SELECT string_agg(s::text, ',') FROM rolewright.local_system_secrets s";
    let before: String = sqlx::query_scalar(state).fetch_one(&host.db.admin()).await.unwrap();
    host.key("rolewright.key", &"cd".repeat(32), 0o600);
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("ALTER ROLE {} NOLOGIN", host.role("raw"))))
        .execute(&host.db.admin())
        .await
        .unwrap();
    host.run(&["apply"]).await.fails(77, "unreadable", "key");
    let after: String = sqlx::query_scalar(state).fetch_one(&host.db.admin()).await.unwrap();
    assert_eq!(before, after);
    let login: bool = sqlx::query_scalar("SELECT rolcanlogin FROM pg_roles WHERE rolname = $1")
        .bind(host.role("raw"))
        .fetch_one(&host.db.admin())
        .await
        .unwrap();
    assert!(!login, "the drift was repaired with a key that opens nothing");
}

#[tokio::test]
async fn core_rights() {
    let host = Host::bare(Database::with(Options::new().without_create_role()).await);
    sqlx::raw_sql("CREATE SCHEMA reporting").execute(&host.db.core()).await.unwrap();
    host.run(&["apply"]).await.fails(77, "may not create it", "CREATEROLE");
    assert_eq!(traces(&host).await.0, 0);
    let host = Host::bare(Database::with(Options::new().without_create_on_database()).await);
    host.run(&["apply"]).await.fails(77, "create the schema", "GRANT CREATE ON DATABASE");
    assert_eq!(traces(&host).await, (0, false));
    host.run(&["doctor"]).await.exit(1);
}

#[tokio::test]
async fn somebody_elses_role() {
    let host = Host::fresh().await;
    let raw = host.role("raw");
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "CREATE ROLE {raw} LOGIN PASSWORD 'theirs'; GRANT pg_read_all_data TO {raw}"
    )))
    .execute(&host.db.admin())
    .await
    .unwrap();
    host.run(&["apply"]).await.fails(77, &raw, "adopt");
    let (left, attributes): (bool, bool) = sqlx::query_as(
        "SELECT pg_has_role($1, 'pg_read_all_data', 'member'), (SELECT count(*) = 0 FROM pg_roles WHERE rolname = $2)",
    )
    .bind(&raw)
    .bind(host.role("reporting"))
    .fetch_one(&host.db.admin())
    .await
    .unwrap();
    assert!(left && attributes, "a refusal changed something");
}

#[tokio::test]
async fn schemas_and_tables() {
    let host = Host::fresh().await;
    host.config(&host.default_config().replace("read = [\"reporting\"]", "read = [\"reportign\"]"));
    host.run(&["apply"]).await.fails(77, "reportign", "");
    assert_eq!(traces(&host).await.0, 0);
    host.config(&host.default_config());
    sqlx::raw_sql("CREATE TABLE public.foreign_owned (id int)").execute(&host.db.admin()).await.unwrap();
    let said = host.run(&["apply"]).await.exit(0);
    assert!(said.out.contains("foreign_owned"), "{}", said.out);
    host.run(&["query", "--as", "role:raw", "SELECT * FROM public.patients"]).await.exit(0);
    host.run(&["query", "--as", "role:raw", "SELECT * FROM public.foreign_owned"]).await.exit(6);
}

#[tokio::test]
async fn configuration() {
    let host = Host::fresh().await;
    let app = format!("app = \"{}\"\n", host.db.app());
    for (text, error, hint) in [
        ("[roles.reporting]\nraed = [\"reporting\"]\n", "raed", "read"),
        ("[roles.reporting]\nread = [\"reporting\"]\nmax_rows = \"many\"\n", "max_rows", ""),
        ("[roles.reporting]\nread = []\n", "read", ""),
        (
            "[roles.reporting]\nread = [\"public\"]\ndeny = [\"public.x\"]\nfuture_tables = \"immediately\"\n",
            "denies it",
            "on-provision",
        ),
        (
            "[database]\nhost = \"localhost\"\nname = \"x\"\npassword = \"CANARY_pw\"\npassword_file = \"x\"\n",
            "password",
            "",
        ),
        ("not toml at all", "rolewright.toml", ""),
    ] {
        host.config(&format!("{app}{text}"));
        // `[database]` counts only where there is no DATABASE_URL.
        let env: &[(&str, &str)] = if text.starts_with("[database]") { &[("DATABASE_URL", "")] } else { &[] };
        let said = host.run_with(&["check"], "", env).await.fails(78, error, hint);
        assert!(!said.err.contains("CANARY"), "{}", said.err);
    }
    host.run(&["check", "--config", "nowhere.toml"]).await.fails(78, "nowhere.toml", "");
}

#[tokio::test]
async fn no_database_at_all() {
    let host = Host::fresh().await;
    let said =
        host.run_with(&["apply"], "", &[("DATABASE_URL", "")]).await.fails(78, "database", "rolewright demo");
    assert!(said.err.contains("--embedded"), "{}", said.err);
}

#[tokio::test]
async fn connections() {
    let host = Host::fresh().await;
    let url = host.db.url();
    let (head, tail) = url.split_once('@').unwrap();
    let (address, database) = tail.split_once('/').unwrap();
    let user = head.rsplit_once(':').unwrap().0.to_owned();
    let start = std::time::Instant::now();
    for (url, code, error) in [
        (format!("{head}@127.0.0.1:1/{database}"), 69, "nothing accepts connections"),
        (format!("{head}@host.invalid/{database}"), 69, "host.invalid"),
        (format!("{user}:CANARY_wrong@{address}/{database}"), 77, "password"),
        (format!("{head}@{address}/no_such_database"), 69, "no_such_database"),
        ("mysql://root:CANARY_wrong@localhost/x".to_owned(), 78, "postgres://"),
        (format!("{url}?max=abc"), 78, "max"),
        (format!("{url}?max=0"), 78, "max"),
        (format!("{head}@127.0.0.1:70000/{database}"), 78, "port"),
    ] {
        let said = host.run_with(&["apply"], "", &[("DATABASE_URL", &url)]).await;
        assert_eq!(said.code, code, "{error}: {}", said.err);
        assert!(said.err.contains(error) && said.err.contains("hint: "), "{error}: {}", said.err);
        assert!(!said.err.contains("CANARY"), "{}", said.err);
    }
    assert!(start.elapsed().as_secs() < 40, "each gives up in under five seconds");
    assert_eq!(traces(&host).await, (0, false));
}

#[tokio::test]
async fn usage() {
    let host = Host::fresh().await;
    host.run(&["aply"]).await.exit(64);
    host.run(&["query", "SELECT 1"]).await.exit(64);
    host.run(&["query", "--as", "person:x", "SELECT 1"]).await.exit(64);
    host.run(&["apply", "--format", "csv"]).await.fails(64, "does not print", "--format");
    host.run(&["--help"]).await.exit(0);
    host.run(&["--version"]).await.exit(0);
    host.run(&["completions", "bash"]).await.exit(0);
    host.run(&["config", "schema"]).await.exit(0).json();
    let shown = host.run(&["config", "show"]).await.exit(0).out;
    assert!(shown.contains("***") && shown.contains("DATABASE_URL"), "{shown}");
}

#[tokio::test]
async fn told_not_to_migrate() {
    let host = Host::fresh().await;
    host.config(&format!("{}[migrate]\non_start = false\n", host.default_config()));
    let said = host.run(&["serve"]).await.fails(78, "pending", "rolewright apply");
    assert!(said.err.contains("m2026") || said.err.contains("m0"), "{}", said.err);
    assert_eq!(traces(&host).await, (0, false));
    host.run(&["apply"]).await.exit(0);
}
