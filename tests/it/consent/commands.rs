//! The commands of consent: what they say, and what they refuse.

use serde_json::json;

use super::fixture::{Records, Who, key};

#[tokio::test]
async fn a_record_is_revoked_explained_and_restored() {
    let records = Records::unapplied("").await;
    let planned = records.host.run(&["plan"]).await.exit(0);
    assert!(planned.out.contains("create-policy") && planned.out.contains("migrate"), "{}", planned.out);
    records.host.run(&["consent", "revoke", &key(1)]).await.fails(
        1,
        "have not been made yet",
        "rolewright apply",
    );
    records.host.run(&["apply"]).await.exit(0);
    let run = async |args: &[&str]| records.host.run(&[&["consent"], args].concat()).await;
    let upper = key(1).to_uppercase();
    let said =
        run(&["revoke", &upper, "--for", "role:raw", "--reason", "asked to", "--by", "desk 4"]).await.exit(0);
    assert_eq!(said.out, format!("revoked for database-role:{}_raw: 1 record\n", records.app));
    assert!(!records.sees(Who::Raw, 1).await && records.sees(Who::Alice, 1).await);
    let said = run(&["explain", &key(1), "--as", "role:raw"]).await.exit(0);
    assert!(said.out.contains("hidden for") && said.out.contains("saying 1, revoke for"), "{}", said.out);
    assert!(said.out.contains("by desk 4") && said.out.contains(": asked to"), "{}", said.out);
    let said = run(&["explain", &key(1), "--as", "subject:alice", "--format", "json"]).await.exit(0).json();
    assert_eq!(
        said,
        json!({ "record": key(1), "role": records.role(Who::Alice), "subject": "alice", "visible": true, "why": { "by": "default" } })
    );
    run(&["restore", &key(1), "--for", &format!("database-role:{}_raw", records.app)]).await.exit(0);
    assert!(records.sees(Who::Raw, 1).await);
    let listed = run(&["list", &key(1)]).await.exit(0);
    assert_eq!(listed.out.lines().count(), 4, "{}", listed.out);
    // Times, and a file on standard input.
    run(&["revoke", &key(2), "--from", "2099-01-01T00:00:00Z", "--until", "2099-02-01T00:00:00+01:00"])
        .await
        .exit(0);
    assert!(records.sees(Who::Raw, 2).await);
    let listed = run(&["list", &key(2), "--format", "json"]).await.exit(0).json();
    assert_eq!(listed[0]["until"], "2099-01-31T23:00:00Z");
    let args = ["consent", "revoke", "--file", "-"];
    let said = records.host.run_with(&args, &format!("{}\n\n# no\n{}\n", key(3), key(4)), &[]).await.exit(0);
    assert_eq!(said.out, "revoked for everybody: 2 records\n");
    records.host.db.drop().await;
}

#[tokio::test]
async fn a_key_without_a_row_is_told() {
    let records = Records::ten().await;
    let run = async |args: &[&str]| records.host.run(&[&["consent"], args].concat()).await.exit(0);
    let slip = run(&["revoke", &key(11)]).await;
    assert_eq!(slip.out, "revoked for everybody: 1 record\n");
    assert!(slip.err.contains("ehr.ehr has no row with that key now"), "{}", slip.err);
    // A row that core does not see either is there, before and after.
    for line in [["revoke", &key(1)], ["revoke", &key(1).to_uppercase()], ["restore", &key(1)]] {
        assert_eq!(run(&line).await.err, "", "{line:?}");
    }
    run(&["revoke", &key(1)]).await;
    let said = run(&["restore", &key(1), "--for", "role:raw", "--format", "json"]).await.json();
    assert!(
        said["there"] == true && said.get("missing").is_none() && !records.sees(Who::Owner, 1).await,
        "{said}"
    );
    let said = run(&["restore", &key(11), &key(12), &key(2), "--format", "json"]).await;
    assert!(said.err.contains("no row with 2 of these keys now: "), "{}", said.err);
    let said = said.json();
    assert!(said["there"] == false && said["missing"] == json!([key(11), key(12)]), "{said}");
    let opened = run(&["list", "--opened", "--format", "json"]).await.json();
    assert_eq!(opened, json!([]), "nothing of the look is kept");
    // Where a policy of the application's may hide rows from core, or core may not read them, nothing is known.
    records.core("CREATE POLICY theirs ON ehr.ehr AS RESTRICTIVE USING (name <> 'patient 3')").await;
    let said = run(&["revoke", &key(3), "--format", "json"]).await;
    assert!(said.err.is_empty() && said.json().get("there").is_none(), "{}{}", said.out, said.err);
    records.host.db.drop().await;
}

#[tokio::test]
async fn what_is_refused_says_why() {
    let records = Records::ten().await;
    let run = async |args: &[&str]| records.host.run(&[&["consent"], args].concat()).await;
    run(&["revoke"]).await.fails(64, "no record is named", "--file");
    run(&["revoke", "seven"]).await.fails(64, "`seven` is no key of ehr, whose keys are uuid", "a uuid");
    run(&["revoke", &key(1), "--kind", "else"]).await.fails(
        64,
        "no kind of records named `else`; configured are: ehr",
        "[consent.else]",
    );
    run(&["revoke", &key(1), "--for", "role:else"]).await.fails(
        64,
        "no connection named `else`; configured are: raw, reporting",
        "[roles.else]",
    );
    run(&["revoke", &key(1), "--for", "database-role:else"]).await.fails(
        64,
        "no database role `else`",
        "for nobody",
    );
    run(&["revoke", &key(1), "--until", "2000-01-01T00:00:00Z", "--from", "2001-01-01T00:00:00Z"])
        .await
        .fails(64, "ends before it begins", "later than the beginning");
    run(&["revoke", &key(1), "--file", "nothing.txt"]).await.fails(64, "nothing.txt cannot be read", "");
    run(&["explain", &key(1), "--as", "subject:carol"]).await.fails(
        64,
        "the subject `carol` has no database role",
        "access.subjects",
    );
    run(&["explain", "x", "--as", "role:raw"]).await.fails(64, "`x` is no key of ehr", "a uuid");
    let said = run(&["explain", &key(1), "--as", "carol"]).await.exit(64);
    assert!(said.err.contains("expected role:NAME"), "{}", said.err);
    let said = run(&["revoke", &key(1), "--until", "tomorrow"]).await.exit(64);
    assert!(said.err.contains("expected a time with its offset"), "{}", said.err);
    assert_eq!(run(&["list", "--format", "json"]).await.exit(0).json(), json!([]));
    records.write("");
    run(&["revoke", &key(1)]).await.fails(
        78,
        "no records are configured that may be withdrawn",
        "[consent.NAME]",
    );
    records.host.db.drop().await;
}
