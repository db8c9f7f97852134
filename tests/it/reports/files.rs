//! Export and import: what is written reads back the same, and what cannot be read is named by its line.

use std::fs;

use super::fixture::{applied, daily, daily_with, start};

#[tokio::test]
async fn what_is_exported_imports_as_unchanged_and_exports_the_same_again() {
    let host = applied().await;
    let app = start(&host).await;
    let mut report = daily();
    report.description = "Two lines,\n---\nthree with \"quotes\" \\ and space at the end ".to_owned();
    report.timeout = Some(std::time::Duration::from_millis(1_500));
    report.max_rows = Some(50);
    app.reports().save(&report, true).await.unwrap();
    app.reports().save(&daily_with("a draft"), false).await.unwrap();
    app.drain().await;
    let folder = host.folder.path().join("reports");
    host.run(&["report", "export", "--dir", "reports"]).await.exit(0);
    let file = fs::read_to_string(folder.join("daily.sql")).unwrap();
    assert!(file.starts_with("-- ---\n-- name = \"daily\"\n") && file.ends_with("ORDER BY day\n"), "{file}");
    assert_eq!(rolewright::reports::file::parse(&file).unwrap(), report);
    let again = host.run(&["report", "export", "daily", "--dir", "reports"]).await.exit(0);
    assert!(again.out.contains("version 1, unchanged"), "{}", again.out);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);

    // The newest is the draft: the published version's file is a new version again.
    let json =
        host.run(&["report", "import", "reports", "--dry-run", "--format", "json"]).await.exit(0).json();
    assert_eq!((&json[0]["change"], &json[0]["version"]), (&"new version".into(), &serde_json::Value::Null));
    host.run(&["report", "export", "--newest", "--dir", "reports"]).await.exit(0);
    let said = host.run(&["report", "import", "reports"]).await.exit(0);
    assert!(said.out.contains("daily.sql: unchanged (version 2)"), "{}", said.out);
    host.run(&["report", "remove", "daily", "--purge"]).await.exit(0);
    let said = host.run(&["report", "import", "reports/daily.sql", "--publish"]).await.exit(0);
    assert!(said.out.contains("daily.sql: added (version 1), published"), "{}", said.out);
    let shown = host.run(&["report", "show", "daily"]).await.exit(0);
    assert_eq!(shown.out, fs::read_to_string(folder.join("daily.sql")).unwrap());
}

#[tokio::test]
async fn an_import_is_whole_or_not_at_all() {
    let host = applied().await;
    let folder = host.folder.path().join("reports");
    fs::create_dir(&folder).unwrap();
    let write = |file: &str, name: &str, text: &str| {
        let text = format!("-- ---\n-- name = \"{name}\"\n-- connection = \"reporting\"\n-- ---\n{text}\n");
        fs::write(folder.join(file), text).unwrap();
    };
    write("a.sql", "a", "SELECT day FROM daily");
    write("b.sql", "b", "DROP TABLE daily");
    fs::write(folder.join("notes.txt"), "not a report").unwrap();
    let said = host.run(&["report", "import", "reports"]).await.exit(5);
    assert!(said.out.contains("a.sql: added") && said.out.contains("b.sql: refused"), "{}", said.out);
    assert_eq!(
        host.run(&["report", "list", "--format", "json"]).await.exit(0).json().as_array().unwrap().len(),
        0
    );

    fs::write(
        folder.join("b.sql"),
        "-- ---\n-- name = \"b\"\n-- connection = \"reporting\"\n-- colour = 1\n-- ---\n",
    )
    .unwrap();
    host.run(&["report", "import", "reports"]).await.fails(64, "b.sql: line 4: colour", "report show");
    write("b.sql", "a", "SELECT 1 AS one");
    host.run(&["report", "import", "reports"]).await.fails(64, "both say `a`", "another name");
    write("b.sql", "b", "SELECT 1 AS one");
    host.run(&["report", "import", "reports"]).await.exit(0);
    write("b.sql", "b", "SELECT 2 AS one");
    let said = host.run(&["report", "import", "reports"]).await.exit(0);
    assert!(
        said.out.contains("a.sql: unchanged") && said.out.contains("b.sql: new version (version 2)"),
        "{}",
        said.out
    );
    host.run(&["report", "import", "nothing-here.sql"]).await.fails(64, "nothing-here.sql", "");
}
