//! The commands' output and exit codes.

use std::fs;

use super::fixture::applied;
use crate::server::cli::{Host, Said};

const SQL: &str = "SELECT day, ward, admissions FROM daily WHERE day >= :from_day ORDER BY day\n";

async fn add(host: &Host, options: &[&str]) -> Said {
    fs::write(host.folder.path().join("daily.txt"), SQL).unwrap();
    let mut args = vec!["report", "add", "daily", "--as", "reporting", "--file", "daily.txt"];
    args.extend(options);
    host.run(&args).await
}

#[tokio::test]
async fn from_add_to_run() {
    let host = applied().await;
    let said = add(&host, &["--param", "from_day:date=2026-01-08", "--title", "By day"]).await.exit(0);
    assert!(said.out.starts_with("daily: version 1, new, a draft\n"), "{}", said.out);
    assert!(said.out.contains("columns: day date, ward text, admissions integer"), "{}", said.out);
    assert!(said.out.contains("parameters: from_day date = 2026-01-08"), "{}", said.out);
    host.run(&["report", "run", "daily"]).await.fails(64, "no version", "report publish daily");
    let draft = host.run(&["report", "run", "daily", "--draft", "--format", "csv"]).await.exit(0);
    assert_eq!(draft.out.lines().count(), 4, "{}", draft.out);
    host.run(&["report", "publish", "daily"]).await.exit(0);
    let run = |format: &'static str| {
        ["report", "run", "daily", "--param", "from_day=2026-01-10", "--format", format]
    };
    assert_eq!(
        host.run(&run("csv")).await.exit(0).out.replace('\r', ""),
        "day,ward,admissions\n2026-01-10,ward 0,9\n"
    );
    assert_eq!(host.run(&run("json")).await.exit(0).json()[0]["admissions"], 9);
    assert_eq!(host.run(&run("ndjson")).await.exit(0).json()["ward"], "ward 0");
    assert!(host.run(&run("table")).await.exit(0).out.contains("ward 0"));
    let numbered = ["report", "run", "daily", "--version", "1", "--format", "csv"];
    assert_eq!(host.run(&numbered).await.exit(0).out.lines().count(), 4);

    let list = host.run(&["report", "list", "--format", "json"]).await.exit(0).json();
    assert_eq!(
        (&list[0]["name"], &list[0]["published"], &list[0]["title"]),
        (&"daily".into(), &1.into(), &"By day".into())
    );
    assert!(host.run(&["report", "list"]).await.exit(0).out.contains("By day"));
    let shown = host.run(&["report", "show", "daily", "--format", "json"]).await.exit(0).json();
    assert_eq!((&shown["state"], &shown["params"][0]["type"]), (&"published".into(), &"date".into()));
    assert_eq!(shown["made"]["by"], host.db.core_role());
    let shown = host.run(&["report", "show", "daily", "--version", "1"]).await.exit(0);
    assert!(shown.out.ends_with(SQL), "{}", shown.out);
    let history = host.run(&["report", "show", "daily", "--history"]).await.exit(0);
    assert!(
        history.out.contains("published") && history.out.contains(&host.db.core_role()),
        "{}",
        history.out
    );
    host.run(&["report", "remove", "daily"]).await.exit(0);
    host.run(&["report", "run", "daily"]).await.fails(64, "removed", "--removed");
    assert!(host.run(&["report", "list", "--removed"]).await.exit(0).out.contains("daily"));
}

#[tokio::test]
async fn each_failure_has_its_code() {
    let host = applied().await;
    add(&host, &["--publish"]).await.exit(0);
    let run = |params: &[&'static str]| {
        let mut args = vec!["report", "run", "daily"];
        params.iter().for_each(|param| args.extend(["--param", param]));
        args
    };
    host.run(&run(&[])).await.fails(5, "`:from_day`", "--param from_day=");
    host.run(&run(&["from_day=2026-01-01", "until=1"])).await.fails(5, "`:until`", "");
    host.run(&run(&["from_day=CANARY"])).await.fails(5, "`:from_day` is not a valid date", "date");
    host.run(&run(&["from_day=1", "from_day=2"])).await.fails(64, "twice", "once");
    host.run(&["report", "run", "nightly"]).await.fails(64, "nightly", "report list");
    host.run(&["report", "run", "daily", "--version", "9"]).await.fails(64, "no version 9", "--history");
    host.run(&["report", "run", "Not/A Name"]).await.exit(64);
    add(&host, &["--param", "from_day:text"]).await.fails(5, "as text", "date");
    add(&host, &["--param", "from_day"]).await.exit(64);
    let stdin = |name: &'static str, connection: &'static str| {
        ["report", "add", name, "--as", connection, "--file", "-"]
    };
    host.run_with(&stdin("bad", "reporting"), "UPDATE daily SET ward = ''", &[])
        .await
        .fails(5, "UPDATE", "SELECT");
    host.run_with(&stdin("bad", "nobody"), "SELECT 1", &[]).await.fails(64, "nobody", "[roles.nobody]");
    host.run_with(&stdin("bad", "reporting"), "-- ---\n", &[]).await.fails(64, "header", "report import");
    let mut zero = stdin("zero", "reporting").to_vec();
    zero.push("--unverified");
    host.run_with(&zero, "SELECT 1 / (admissions - 3) FROM daily", &[]).await.exit(0);
    host.run(&["report", "run", "zero", "--draft"]).await.fails(6, "division by zero", "");
    let many = [&stdin("many", "reporting")[..], &["--max-rows", "3"]].concat();
    host.run_with(&many, "SELECT * FROM daily", &[]).await.exit(0);
    let run = ["report", "run", "many", "--draft", "--format", "ndjson"];
    let said = host.run(&run).await.exit(0);
    assert!(said.out.lines().count() == 3 && said.err.contains("more than 3 rows"), "{}", said.err);
    host.run(&[&run[..], &["--whole"]].concat()).await.fails(6, "more than 3 rows", "stored report");
}

#[tokio::test]
async fn a_text_that_the_check_refuses_is_kept_and_not_run() {
    let host = applied().await;
    for (name, sql, words) in [
        ("settings", "SELECT * FROM pg_catalog.pg_settings", "pg_catalog.pg_settings"),
        ("sleep", "SELECT pg_sleep(0)", "pg_sleep"),
        ("nested", "SELECT query_to_xml('SELECT 1', true, true, '')", "query_to_xml"),
    ] {
        let add = |more: &'static [&'static str]| {
            [&["report", "add", name, "--as", "raw", "--file", "-"], more].concat()
        };
        host.run_with(&add(&[]), sql, &[]).await.fails(5, words, "");
        host.run_with(&add(&["--unverified"]), sql, &[]).await.exit(0);
        let run = host.run(&["report", "run", name, "--draft"]).await.fails(5, words, "");
        assert_eq!(run.out, "");
        host.run(&["report", "publish", name]).await.fails(5, words, "");
        host.run(&["report", "run", name]).await.fails(64, "no version", "report publish");
    }
}

#[tokio::test]
async fn verify_tells_of_every_report_and_ends_with_5_where_one_is_refused() {
    let host = applied().await;
    add(&host, &["--publish"]).await.exit(0);
    let raw = ["report", "add", "names", "--as", "raw", "--file", "-", "--publish"];
    host.run_with(&raw, "SELECT name FROM patients", &[]).await.exit(0);
    let said = host.run(&["report", "verify", "--all"]).await.exit(0);
    assert_eq!(said.out.matches("passes").count(), 2, "{}", said.out);
    sqlx::raw_sql("ALTER TABLE public.patients RENAME TO people").execute(&host.db.core()).await.unwrap();
    let said = host.run(&["report", "verify", "--all"]).await.exit(5);
    assert!(
        said.out.contains("daily: version 1, passes") && said.out.contains("names: version 1, refused"),
        "{}",
        said.out
    );
    let json = host.run(&["report", "verify", "--all", "--format", "json"]).await.exit(5).json();
    assert_eq!((&json[0]["ok"], &json[1]["ok"]), (&true.into(), &false.into()));
    host.run(&["report", "verify", "names"]).await.fails(5, "patients", "");
    host.run(&["report", "verify", "daily", "--version", "1"]).await.exit(0);
    host.run(&["report", "verify"]).await.exit(64);
}

#[tokio::test]
async fn before_the_first_apply_the_tables_are_missing_and_the_hint_makes_them() {
    let host = super::fixture::host().await;
    host.run(&["report", "list"]).await.fails(78, "tables", "rolewright apply");
}
