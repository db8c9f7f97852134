//! `apply`, `plan`, `check`, `verify`: in sync after one apply, each kind of drift seen, and gone after the next.

use serde_json::json;

use super::cli::Host;

#[tokio::test]
async fn apply_twice_changes_once() {
    let host = Host::fresh().await;
    host.run(&["check"]).await.exit(2);
    let plan = host.run(&["plan", "--format", "json"]).await.exit(0).json();
    assert_eq!(plan["changes"][0]["kind"], "migrate");
    let first = host.run(&["apply"]).await.exit(0);
    assert!(first.out.trim_end().ends_with("changes applied"), "{}", first.out);
    let second = host.run(&["apply"]).await.exit(0);
    assert_eq!(second.out, "nothing to change\n");
    assert_eq!(host.run(&["check"]).await.exit(0).out, "in sync: nothing to change\n");
    assert_eq!(
        host.run(&["plan", "--format", "json"]).await.exit(0).json(),
        json!({"changes": [], "findings": [], "refusals": []})
    );
    host.run(&["verify"]).await.exit(0);
}

#[tokio::test]
async fn plan_changes_nothing() {
    let host = Host::fresh().await;
    host.run(&["plan"]).await.exit(0);
    host.run(&["plan", "--format", "sql"]).await.exit(0);
    let left: (bool, i64) = sqlx::query_as(
        "SELECT to_regnamespace('rolewright') IS NOT NULL, (SELECT count(*) FROM pg_roles WHERE rolname LIKE $1 || '_r%')",
    )
    .bind(host.db.app())
    .fetch_one(&host.db.admin())
    .await
    .unwrap();
    assert_eq!(left, (false, 0));
}

/// Each is done by hand by an administrator; `check` sees it, `apply` mends it, `check` is content.
#[tokio::test]
async fn every_drift_is_seen_and_mended() {
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    let (reporting, raw, checker) = (host.role("reporting"), host.role("raw"), host.role("checker"));
    let database = host.db.name();
    let drifts = [
        ("attribute", format!("ALTER ROLE {reporting} NOLOGIN")),
        ("attribute createrole", format!("ALTER ROLE {reporting} CREATEROLE")),
        ("connection limit", format!("ALTER ROLE {reporting} CONNECTION LIMIT 77")),
        ("expiry", format!("ALTER ROLE {reporting} VALID UNTIL '2020-01-01'")),
        ("password", format!("ALTER ROLE {reporting} PASSWORD 'somebody else knows this'")),
        ("the checker's password", format!("ALTER ROLE {checker} PASSWORD 'somebody else knows this'")),
        ("setting", format!("ALTER ROLE {reporting} SET search_path = public")),
        (
            "setting in database",
            format!("ALTER ROLE {reporting} IN DATABASE {database} SET work_mem = '1GB'"),
        ),
        ("membership", format!("GRANT {raw} TO {reporting}")),
        ("table grant", format!("GRANT INSERT ON public.patients TO {raw}")),
        ("denied table", format!("GRANT SELECT ON public.user_tokens TO {raw}")),
        ("denied column", format!("GRANT SELECT (password) ON public.users TO {raw}")),
        ("table revoke", format!("REVOKE SELECT ON reporting.daily FROM {reporting}")),
        ("schema grant", format!("GRANT CREATE ON SCHEMA reporting TO {reporting}")),
        ("schema revoke", format!("REVOKE USAGE ON SCHEMA reporting FROM {reporting}")),
        (
            "default privileges",
            format!(
                "ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA reporting REVOKE SELECT ON TABLES FROM {reporting}",
                host.db.core_role()
            ),
        ),
        (
            "schema dropped",
            "DROP SCHEMA reporting CASCADE; CREATE SCHEMA reporting; CREATE TABLE reporting.daily (day date)"
                .to_owned(),
        ),
        ("new table", "CREATE TABLE public.visits (id int)".to_owned()),
    ];
    for (name, sql) in drifts {
        // What belongs to the core role is changed as the core role, so that ownership stays what it is; and from 16 on it
        // can revoke only what it granted itself.
        let pool = if name == "membership" || sql.starts_with("DROP") || sql.starts_with("CREATE") {
            host.db.core()
        } else {
            host.db.admin()
        };
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .execute(&pool)
            .await
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        let check = host.run(&["check"]).await;
        assert_eq!(check.code, 2, "{name} was not seen: {}{}", check.out, check.err);
        if name == "the checker's password" {
            assert!(check.out.contains(&checker), "{}", check.out);
            let doctor = host.run(&["doctor"]).await.exit(0);
            assert!(
                doctor.out.contains("1 differences") && doctor.out.contains("rolewright apply"),
                "{}",
                doctor.out
            );
        }
        let apply = host.run(&["apply"]).await;
        assert_eq!(apply.code, 0, "{name} was not mended: {}{}", apply.out, apply.err);
        let check = host.run(&["check"]).await;
        assert_eq!(check.code, 0, "{name} came back: {}{}", check.out, check.err);
    }
    host.run(&["verify"]).await.exit(0);
}

#[tokio::test]
async fn the_matrix_shows_reads_columns_and_denials() {
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    let matrix = host.run(&["matrix", "--format", "json"]).await.exit(0).json();
    let roles: Vec<&str> = matrix["roles"].as_array().unwrap().iter().map(|r| r.as_str().unwrap()).collect();
    let raw = roles.iter().position(|role| *role == host.role("raw")).unwrap();
    let cell = |relation: &str| {
        let rows = matrix["rows"].as_array().unwrap();
        rows.iter().find(|row| row["relation"] == relation).unwrap()["cells"][raw].clone()
    };
    assert_eq!(cell("patients"), json!("read"));
    assert_eq!(cell("users"), json!({"columns": ["id", "name"]}));
    assert_eq!(cell("user_tokens"), json!("denied"));
    assert_eq!(cell("daily"), json!("none"));
}

#[tokio::test]
async fn a_child_whose_parent_hides_rows_is_drift_until_it_is_taken_away() {
    let host = Host::fresh().await;
    let core = async |sql: &'static str| sqlx::raw_sql(sql).execute(&host.db.core()).await.unwrap();
    core("CREATE TABLE public.inh (id int); CREATE TABLE public.inh1 () INHERITS (public.inh)").await;
    host.run(&["apply"]).await.exit(0);
    core("ALTER TABLE public.inh ENABLE ROW LEVEL SECURITY").await;
    let check = host.run(&["check"]).await.exit(2);
    assert!(check.out.contains("inh1"), "{}", check.out);
    let broken = host.run(&["verify"]).await.exit(3);
    assert!(broken.out.contains("can read public.inh1, past the row level security"), "{}", broken.out);
    host.run(&["apply"]).await.exit(0);
    let check = host.run(&["check"]).await.exit(0);
    assert!(check.out.contains("public.inh1: of public.inh,"), "{}", check.out);
    host.run(&["verify"]).await.exit(0);
    // Whoever names it has decided, and is told.
    host.config(&host.default_config().replace("[\"public\"]", "[\"public\", \"public.inh1\"]"));
    host.run(&["check"]).await.exit(2);
    host.run(&["apply"]).await.exit(0);
    let check = host.run(&["check"]).await.exit(0);
    assert!(check.out.contains("public.inh1, which roles.raw.read names,"), "{}", check.out);
    let verified = host.run(&["verify"]).await.exit(0);
    assert!(
        verified.out.contains("note: ") && verified.out.contains("public.inh1, past"),
        "{}",
        verified.out
    );
}
