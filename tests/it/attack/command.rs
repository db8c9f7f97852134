//! The command: exit codes, refusals, files, JSON and JUnit.

use std::fs;

use super::fixture;
use crate::server::cli::Host;

#[tokio::test]
async fn what_does_not_escape_ends_with_0() {
    let host = Host::fresh().await;
    host.run(&["attack"]).await.fails(2, "not as configured", "rolewright apply");
    host.run(&["apply"]).await.exit(0);
    let junit = host.folder.path().join("attack.xml");
    let args = [
        "attack",
        "--as",
        "raw",
        "--class",
        "ddl",
        "--class",
        "txn-escape",
        "--class",
        "control",
        "--format",
        "json",
    ];
    let junit_path = junit.to_string_lossy().into_owned();
    let said = host.run(&[&args[..], &["--junit", &junit_path]].concat()).await.exit(0).json();
    let attempts = said["attempts"].as_array().unwrap();
    for key in ["id", "class", "way", "effect", "stopped_by"] {
        assert!(attempts.iter().all(|attempt| attempt[key].is_string()), "{key}");
    }
    let of = |way: &str, id: &str| {
        attempts
            .iter()
            .find(|a| a["way"] == way && a["id"] == id)
            .unwrap_or_else(|| panic!("no {id} by {way}"))
    };
    assert_eq!(of("simple", "X05")["effect"], "setting-persisted");
    assert_eq!(of("sandbox", "X05")["effect"], "none");
    assert!(of("sandbox", "DD02")["stopped_by"].as_str().unwrap().starts_with("sandbox: "));
    assert_eq!(of("simple", "DD02")["stopped_by"], "read-only (25006)");
    assert!(
        said["left_out"]
            .as_array()
            .unwrap()
            .iter()
            .any(|left| left["reason"].as_str().unwrap().contains("has no"))
    );
    let xml = fs::read_to_string(junit).unwrap();
    assert!(xml.contains("<testsuite name=\"sandbox\"") && !xml.contains("<failure"), "{xml}");
    host.run(&["check"]).await.exit(0);
    let text = host.run(&["attack", "--as", "raw", "--class", "txn-escape"]).await.exit(0);
    for words in
        ["none of", "setting-persisted; undone by", "rolewright apply", "Whoever holds a role's password"]
    {
        assert!(text.out.contains(words), "{words}: {}", text.out);
    }
}

#[tokio::test]
async fn an_escape_and_a_refused_control_end_with_4() {
    let host = fixture::host().await;
    host.run(&["apply"]).await.exit(0);
    let file = host.folder.path().join("mine.json");
    let path = file.to_string_lossy().into_owned();
    fs::write(
        &file,
        r#"[{"id": "VIEW", "class": "mine", "mode": "login", "role": "raw", "sql": ["SELECT 'x'"], "seen_as": [{"effect": "oracle", "text": "x"}]},
            {"id": "GOOD", "class": "mine", "mode": "login", "role": "raw", "control": true, "sql": ["SELECT nothing FROM nowhere"]}]"#,
    )
    .unwrap();
    let said =
        host.run(&["attack", "--file", &path, "--way", "sandbox", "--format", "json"]).await.exit(4).json();
    assert_eq!(said["attempts"][0]["effect"], "oracle");
    assert_eq!(said["attempts"][1]["effect"], "control-failed");
    assert!(said["attempts"][1]["details"][0].as_str().unwrap().contains("nowhere"));
    host.run(&["attack", "--class", "wrte"]).await.fails(64, "wrte", "write");
}
