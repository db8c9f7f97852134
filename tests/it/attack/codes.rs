//! The command's exit codes, one by one, and the forms of what it writes.

use std::fs;

use quick_junit::{Report, TestCaseStatus};
use serde_json::{Value, json};

use crate::server::cli::Host;

/// Two attempts: one that privileges stop, one that every login can do.
const MINE: &str = r#"[
    {"id": "READ", "class": "mine", "mode": "login", "sql": ["SELECT * FROM {denied}"]},
    {"id": "NOTIFY", "class": "mine", "mode": "login", "sql": ["SELECT pg_notify('rolewright_attack', 'x')"]}
]"#;

async fn applied(attempts: &str) -> Host {
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    fs::write(host.folder.path().join("mine.json"), attempts).unwrap();
    host
}

const ATTACK: [&str; 5] = ["attack", "--as", "raw", "--file", "mine.json"];

fn attack<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&ATTACK[..], more].concat()
}

#[tokio::test]
async fn every_way_is_tried_by_its_name() {
    let host = applied(MINE).await;
    for way in ["sandbox", "simple", "extended", "boundary", "check"] {
        let said = host.run(&attack(&["--way", way, "--format", "json"])).await.exit(0).json();
        let attempts = said["attempts"].as_array().unwrap();
        assert!(attempts.len() == 2 && attempts.iter().all(|tried| tried["way"] == way), "{said}");
        let notified = if ["simple", "extended"].contains(&way) { "notified" } else { "none" };
        assert_eq!(
            (&attempts[0]["effect"], &attempts[1]["effect"]),
            (&json!("none"), &json!(notified)),
            "{way}"
        );
    }
    host.run(&attack(&["--way", "sideways"])).await.fails(64, "sideways", "");
}

#[tokio::test]
async fn what_cannot_be_used_ends_with_64_and_names_it() {
    let host = applied("[{").await;
    host.run(&attack(&[])).await.fails(64, "mine.json is not a JSON array", "docs/attack.md");
    for (text, words) in [
        (r#"{"id": "A"}"#, "not a JSON array"),
        (r#"[{"id": "A", "class": "x", "mode": "login", "sql": "SELECT 1"}]"#, "entry 1 (A)"),
        (r#"[{"id": "A", "class": "x", "mode": "login", "sql": ["SELECT 1"], "sqll": []}]"#, "sqll"),
    ] {
        fs::write(host.folder.path().join("mine.json"), text).unwrap();
        host.run(&attack(&[])).await.fails(64, words, "docs/attack.md");
    }
    let none = ["attack", "--file", "none.json"];
    host.run(&none).await.fails(64, "none.json cannot be read", "check the path");
    fs::write(host.folder.path().join("mine.json"), MINE).unwrap();
    let log = attack(&["--server-log", "no.log", "--way", "simple"]);
    host.run(&log).await.fails(64, "no.log cannot be read", "--server-log");
    host.run(&["attack", "--as", "nobody", "--file", "mine.json"]).await.fails(
        64,
        "nobody",
        "[roles.nobody]",
    );
    host.run(&attack(&["--format", "csv"])).await.exit(64);
}

#[tokio::test]
async fn a_database_that_does_not_answer_ends_with_69() {
    let host = applied(MINE).await;
    let nowhere = [("DATABASE_URL", "postgres://core:pw@127.0.0.1:1/nowhere")];
    host.run_with(&attack(&[]), "", &nowhere).await.fails(69, "127.0.0.1:1", "");
}

#[tokio::test]
async fn a_role_that_can_write_ends_with_3() {
    let host = applied(MINE).await;
    // A right that provisioning does not know of: the object is somebody else's, and everyone may change it.
    let sql = "SELECT lo_create(777); GRANT UPDATE ON LARGE OBJECT 777 TO PUBLIC";
    sqlx::raw_sql(sql).execute(&host.db.admin()).await.unwrap();
    for way in ["simple", "extended"] {
        host.run(&attack(&["--way", way])).await.fails(3, "plain connections are not tried", "--anyway");
    }
    host.run(&attack(&[])).await.fails(3, "777", "--way sandbox");
    host.run(&attack(&["--way", "sandbox"])).await.exit(0);
    host.run(&attack(&["--way", "simple", "--anyway"])).await.exit(0);
}

#[tokio::test]
async fn rows_that_were_changed_end_it_with_4() {
    let insert = r#"[{"id": "INSERT", "class": "mine", "mode": "login",
        "sql": ["SET TRANSACTION READ WRITE", "SELECT public.add_other()"]}]"#;
    let host = Host::fresh().await;
    fs::write(host.folder.path().join("mine.json"), insert).unwrap();
    sqlx::raw_sql(
        "CREATE TABLE public.others (id int); \
         CREATE FUNCTION public.add_other() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp \
             AS 'INSERT INTO public.others VALUES (2)'",
    )
    .execute(&host.db.core())
    .await
    .unwrap();
    let listed = "definer_functions = [\"public\"]\n";
    let config = host.default_config().replace("[roles.raw]\n", &format!("{listed}[roles.raw]\n{listed}"));
    host.config(&config);
    host.run(&["apply"]).await.exit(0);
    let rows = async || {
        let count = "SELECT count(*) FROM public.others";
        sqlx::query_scalar::<_, i64>(count).fetch_one(&host.db.admin()).await.unwrap()
    };
    host.run(&attack(&["--way", "sandbox"])).await.exit(0);
    assert_eq!(rows().await, 0);
    host.run(&attack(&[])).await.fails(4, "INSERT changed rows (public.others)", "backup");
    assert_eq!(rows().await, 1);
}

#[tokio::test]
async fn what_is_not_as_configured_ends_with_2_and_says_what() {
    let host = applied(MINE).await;
    let sql = "CREATE TABLE public.others (id int); GRANT INSERT ON public.others TO PUBLIC";
    sqlx::raw_sql(sql).execute(&host.db.admin()).await.unwrap();
    host.run(&attack(&[])).await.fails(2, "everyone has INSERT on public.others", "REVOKE INSERT");
    host.run(&attack(&["--way", "sandbox"])).await.fails(2, "public.others", "REVOKE INSERT");
}

#[tokio::test]
async fn the_json_and_the_table_have_their_form() {
    let host = applied(MINE).await;
    let mut said = host.run(&attack(&["--format", "json"])).await.exit(0).json();
    for tried in said["attempts"].as_array_mut().unwrap() {
        assert!(tried["millis"].is_u64(), "{tried}");
        tried["millis"] = Value::from(0);
    }
    // What is out of sight depends on where the server is.
    assert!(said["blind"].take().is_array());
    insta::assert_json_snapshot!("attack_json", said);
    let told = host.run(&attack(&[])).await.exit(0).out;
    let table: Vec<&str> = told.lines().take_while(|line| !line.starts_with("Effects")).collect();
    assert!(table.iter().all(|line| line.chars().count() <= 100), "{told}");
    insta::assert_snapshot!("attack_table", table.join("\n"));
}

#[tokio::test]
async fn the_junit_file_is_read_by_an_xml_parser() {
    let escapes = MINE.replace(r#""mode": "login", "sql": ["SELECT *"#, r#""mode": "login", "seen_as": [{"effect": "oracle", "text": "<&>"}], "sql": ["SELECT '<&>'::text --"#);
    let host = applied(&escapes).await;
    let junit = ["--junit", "attack.xml", "--way", "sandbox", "--way", "simple"];
    host.run(&attack(&junit)).await.exit(4);
    let text = fs::read_to_string(host.folder.path().join("attack.xml")).unwrap();
    let report = Report::deserialize_from_str(&text).unwrap();
    let suite = |name: &str| report.test_suites.iter().find(|suite| suite.name.as_str() == name).unwrap();
    let failed = |name: &str| -> Vec<String> {
        let cases = suite(name).test_cases.iter();
        let failed = |status: &TestCaseStatus| matches!(status, TestCaseStatus::NonSuccess { .. });
        cases.filter(|case| failed(&case.status)).map(|case| case.name.to_string()).collect()
    };
    assert_eq!((suite("sandbox").test_cases.len(), suite("simple").test_cases.len()), (2, 2));
    assert_eq!(failed("sandbox"), ["READ as raw"]);
    assert!(failed("simple").is_empty());
    host.run(&attack(&["--way", "sandbox", "--junit", "no/such/folder.xml"])).await.fails(
        1,
        "folder.xml",
        "--junit",
    );
}
