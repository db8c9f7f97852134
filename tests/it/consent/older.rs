//! The older form, one policy for each person who refused, becomes what they have said.

use serde_json::json;

use super::fixture::{ALL, Records, Who, key};

#[tokio::test]
async fn older_policies_hide_at_last() {
    let records = Records::unapplied("").await;
    records
        .core(&format!(
            "ALTER TABLE ehr.ehr ENABLE ROW LEVEL SECURITY; \
             CREATE POLICY \"ehr_{one}\" ON ehr.ehr USING (id <> '{one}'); \
             CREATE POLICY \"ehr_{two}\" ON ehr.ehr FOR SELECT USING (id <> '{two}'::uuid); \
             CREATE POLICY \"ehr_{three}\" ON ehr.ehr FOR SELECT TO {{}}_staff USING (id <> '{three}'); \
             CREATE POLICY \"ehr_{four}\" ON ehr.ehr USING (id = '{four}')",
            one = key(1),
            two = key(2),
            three = key(3),
            four = key(4),
        ))
        .await;
    // The recipe's error: with two refusals nobody is hidden.
    assert_eq!(records.seen(Who::Owner, "SELECT count(*) FROM ehr.ehr").await.unwrap(), ["10"]);
    records.host.run(&["apply"]).await.exit(0);
    assert_eq!(records.seen(Who::Raw, "SELECT count(*) FROM ehr.ehr").await.unwrap(), ["10"]);
    let dry = records.host.run(&["consent", "import", "--dry-run", "--format", "json"]).await.exit(0).json();
    assert_eq!(dry["said"], 0);
    assert_eq!(dry["policies"].as_array().unwrap().len(), 3);
    assert_eq!(dry["policies"][2]["whom"], json!([format!("database-role:{}_staff", records.app)]));
    assert_eq!(dry["left"], json!([format!("ehr_{} on ehr.ehr", key(4))]));
    assert!(records.sees(Who::Raw, 1).await);

    let said = records.host.run(&["consent", "import"]).await.exit(0);
    assert!(said.out.contains("3 policies taken over, and dropped"), "{}", said.out);
    // The one that says something else is the application's; until it goes, it is all that lets rows of that table through.
    records.core(&format!("DROP POLICY \"ehr_{}\" ON ehr.ehr", key(4))).await;
    records.host.run(&["apply"]).await.exit(0);
    for who in ALL {
        assert!(
            !records.sees(who, 1).await && !records.sees(who, 2).await && records.sees(who, 4).await,
            "{who:?}"
        );
        // For one group only.
        assert_eq!(records.sees(who, 3).await, !matches!(who, Who::Alice | Who::Bob), "{who:?}");
    }
    let said = records.host.run(&["consent", "list", &key(1), "--format", "json"]).await.exit(0).json();
    assert_eq!(said[0]["reason"], format!("imported from the policy ehr_{} on ehr.ehr", key(1)));
    let said = records.host.run(&["consent", "import"]).await.exit(0);
    assert!(said.out.contains("there is no policy of the older form"), "{}", said.out);
    records.host.run(&["check"]).await.exit(0);
    records.host.db.drop().await;
}
