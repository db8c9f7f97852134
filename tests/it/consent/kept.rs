//! Drift: whatever was done to the policies by hand is found by `check` and mended by `apply`; in sync it is a read.

use super::fixture::{ALL, Records, Who, key};

/// What was done by hand, and whether records are still hidden in between.
const DRIFTS: &[&str] = &[
    "ALTER TABLE ehr.ehr DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE ehr.comp_data NO FORCE ROW LEVEL SECURITY",
    "DROP POLICY rolewright_consent_ehr ON ehr.comp_version",
    "ALTER POLICY rolewright_consent_ehr ON ehr.ehr USING (true)",
    "ALTER POLICY rolewright_consent_ehr ON ehr.event TO {}_staff",
    "ALTER POLICY rolewright_consent_ehr ON ehr.ehr WITH CHECK (false)",
    "COMMENT ON POLICY rolewright_consent_ehr ON ehr.ehr IS NULL",
    "DROP POLICY rolewright_rows ON ehr.ehr",
    "ALTER POLICY rolewright_rows ON ehr.event_1 USING (false)",
    "DROP POLICY rolewright_consent_ehr ON ehr.ehr; CREATE POLICY rolewright_consent_ehr ON ehr.ehr USING (true)",
    "ALTER TABLE ehr.event_2 DISABLE ROW LEVEL SECURITY",
    "CREATE TABLE ehr.event_3 PARTITION OF ehr.event FOR VALUES FROM (100) TO (200)",
    "GRANT USAGE ON SCHEMA rolewright_consent TO {}_staff",
    "GRANT USAGE ON SCHEMA rolewright_consent TO PUBLIC",
    "REVOKE SELECT (kind, record, role, subject, effect, starts, ends) ON rolewright_consent.term FROM PUBLIC",
    "REVOKE EXECUTE ON FUNCTION rolewright_break_glass.open FROM {}_emergency",
    "GRANT EXECUTE ON FUNCTION rolewright_break_glass.open TO PUBLIC",
    "GRANT USAGE ON SCHEMA rolewright_break_glass TO {}_staff",
    "DELETE FROM rolewright_consent.opener",
    "UPDATE rolewright_consent.kind SET by_default = 'deny'",
    "DROP POLICY rolewright_rows ON ehr.ehr; CREATE POLICY theirs ON ehr.ehr USING (true); CREATE POLICY rolewright_rows ON ehr.ehr USING (true)",
];

#[tokio::test]
async fn what_was_done_by_hand_is_found_and_mended() {
    let records = Records::unapplied("break_glass = [\"{}_emergency\"]").await;
    records.host.run(&["apply"]).await.exit(0);
    records.say(&["revoke", &key(1)]).await;
    records.host.run(&["check"]).await.exit(0);
    for drift in DRIFTS {
        records.core(drift).await;
        let said = records.host.run(&["check"]).await;
        assert_eq!(said.code, 2, "{drift}: {}{}", said.out, said.err);
        records.host.run(&["apply"]).await.exit(0);
        let said = records.host.run(&["check"]).await;
        assert_eq!(said.code, 0, "{drift}: {}{}", said.out, said.err);
        for who in ALL {
            assert!(!records.sees(who, 1).await && records.sees(who, 2).await, "{drift}: {who:?}");
        }
    }
    // A running process mends it too.
    let app = records.try_start().await.unwrap();
    records.core("DROP POLICY rolewright_consent_ehr ON ehr.ehr").await;
    assert!(records.seen(Who::Raw, "SELECT count(*) FROM ehr.ehr").await.unwrap() == ["10"]);
    let done = app.provision().await.unwrap();
    assert_eq!(done.changes.iter().map(|change| change.kind).collect::<Vec<_>>(), ["create-policy"]);
    assert!(!records.sees(Who::Raw, 1).await);
    assert!(app.provision().await.unwrap().changes.is_empty());
    // Where it cannot, what others would read is refused.
    records.admin("ALTER TABLE ehr.comp_data OWNER TO CURRENT_USER; DROP POLICY rolewright_consent_ehr ON ehr.comp_data").await;
    let said = app.provision().await.unwrap_err().to_string();
    assert!(said.contains("ehr.comp_data belongs to"), "{said}");
    let said = app.role("raw").unwrap_err().to_string();
    assert!(said.contains("consent cannot be kept"), "{said}");
    records.admin(&format!("ALTER TABLE ehr.comp_data OWNER TO {}", records.role(Who::Owner))).await;
    assert_eq!(app.provision().await.unwrap().changes.len(), 1);
    assert!(app.role("raw").is_ok() && !records.sees(Who::Raw, 1).await);
    app.drain().await;
    records.host.db.drop().await;
}

#[tokio::test]
async fn in_sync_nothing_is_written_and_nothing_is_locked() {
    let records = Records::ten().await;
    records.say(&["revoke", &key(1)]).await;
    // A writer that holds its tables would stop whoever locked them.
    let mut writer = records.host.db.core().begin().await.unwrap();
    sqlx::query("LOCK TABLE ehr.ehr, rolewright_consent.term IN SHARE ROW EXCLUSIVE MODE")
        .execute(&mut *writer)
        .await
        .unwrap();
    let said = records.host.run(&["apply"]).await.exit(0);
    assert!(said.out.contains("nothing to change"), "{}", said.out);
    writer.rollback().await.unwrap();
    let said = records.host.run(&["log", "--format", "json", "-n", "100"]).await.exit(0).json();
    let kinds: Vec<&str> = said.as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "create-policy").count(), 12, "{kinds:?}");
    records.host.db.drop().await;
}

#[tokio::test]
async fn policies_of_the_applications_own_go_on() {
    let records = Records::unapplied("").await;
    records
        .core(
            "ALTER TABLE ehr.ehr ENABLE ROW LEVEL SECURITY; CREATE POLICY even ON ehr.ehr USING (right(id::text, 1)::int % 2 = 0)",
        )
        .await;
    records.host.run(&["apply"]).await.exit(0);
    records.say(&["revoke", &key(2)]).await;
    for who in [Who::Owner, Who::Raw, Who::Alice] {
        assert_eq!(records.seen(who, "SELECT count(*) FROM ehr.ehr").await.unwrap(), ["4"], "{who:?}");
    }
    // What is not configured any more goes on hiding, and is told of.
    records.write("");
    let said = records.host.run(&["check"]).await.exit(0);
    assert!(said.out.contains("is not configured any more, and still hides rows"), "{}", said.out);
    assert_eq!(records.seen(Who::Raw, "SELECT count(*) FROM ehr.ehr").await.unwrap(), ["4"]);
    records.host.db.drop().await;
}

#[tokio::test]
async fn what_cannot_be_covered_ends_the_start() {
    let records = Records::unapplied("").await;
    let rest =
        "children = [\"ehr.comp_version(ehr_id)\", \"ehr.comp_data(vo_id) -> ehr.comp_version(vo_id)\"]";
    records.core("CREATE VIEW ehr.looks AS SELECT * FROM ehr.ehr; CREATE TABLE ehr.sums (ehr_id numeric, n bigint)").await;
    records.admin("CREATE TABLE ehr.foreign_one (ehr_id uuid)").await;
    records.write(&format!("[consent.ehr]\nroot = \"ehr.ehr(id)\"\n{rest}"));
    records.core("CREATE POLICY asleep ON ehr.ehr USING (false)").await;
    records.host.run(&["apply"]).await.fails(77, "policies that are not in force (asleep)", "drop them");
    records.core("DROP POLICY asleep ON ehr.ehr; ALTER TABLE ehr.ehr ENABLE ROW LEVEL SECURITY").await;
    records.host.run(&["apply"]).await.fails(
        77,
        "no policy, so that its owner alone reads it",
        "CREATE POLICY own_rows",
    );
    records.core("ALTER TABLE ehr.ehr DISABLE ROW LEVEL SECURITY").await;
    for (consent, error, hint) in [
        ("root = \"ehr.nothing(id)\"", "there is no table ehr.nothing", "correct `consent.ehr`"),
        ("root = \"ehr.ehr(nothing)\"", "the table ehr.ehr has no column nothing", "correct `consent.ehr`"),
        ("root = \"ehr.looks(id)\"", "ehr.looks is no table", "name the tables that it shows"),
        (
            "root = \"ehr.ehr(id)\"\nchildren = [\"ehr.sums(ehr_id)\"]",
            "is numeric, whose values have no one text form",
            "use a key of uuid",
        ),
        (
            "root = \"ehr.ehr(id)\"\nchildren = [\"ehr.sums(n)\"]",
            "is bigint, and the root's is uuid",
            "make both of one type",
        ),
        (
            "root = \"ehr.ehr(id)\"\nchildren = [\"ehr.comp_data(body) -> ehr.ehr(id)\"]",
            "is text, and ehr.ehr(id) is uuid",
            "make both of one type",
        ),
        (
            "root = \"ehr.ehr(id)\"\nchildren = [\"ehr.foreign_one(ehr_id)\"]",
            "only its owner can make policies",
            "OWNER TO",
        ),
    ] {
        records.write(&format!("[consent.ehr]\n{consent}"));
        records.host.run(&["apply"]).await.fails(77, error, hint);
        // Degraded or not: roles may be missing, and consent may not.
        records.write(&format!("[consent.ehr]\n{consent}\n[start]\nroles = \"degraded\""));
        records.host.run(&["apply"]).await.fails(77, error, hint);
    }
    records.host.db.drop().await;
}
