//! Tables whose records consent hides are joined in reports as they are: what their policies ask fails for nobody.

use rolewright::sessions::Report;

use super::fixture::{Records, key};

const JOINED: [(&str, &str); 8] = [
    ("SELECT count(*) FROM ehr a JOIN comp_version v ON v.ehr_id = a.id", "7"),
    ("SELECT count(v.vo_id) FROM ehr a LEFT JOIN comp_version v ON v.ehr_id = a.id", "7"),
    ("SELECT count(*) FROM ehr a WHERE id IN (SELECT ehr_id FROM comp_version)", "7"),
    ("SELECT count(*) FROM ehr a WHERE EXISTS (SELECT FROM event e WHERE e.ehr_id = a.id)", "7"),
    ("SELECT count((SELECT max(day) FROM event e WHERE e.ehr_id = a.id)) FROM ehr a", "7"),
    ("SELECT count(*) FROM comp_version v JOIN comp_data d ON d.vo_id = v.vo_id", "7"),
    (
        "SELECT count(*) FROM ehr a JOIN comp_version v ON v.ehr_id = a.id JOIN comp_data d USING (vo_id) JOIN event e ON e.ehr_id = a.id",
        "7",
    ),
    ("SELECT count(*) FROM ehr a JOIN comp_version v ON v.ehr_id = a.id WHERE a.id = '{id}'", "0"),
];

#[tokio::test]
async fn tables_under_consent_are_joined() {
    let records = Records::ten().await;
    records.say(&["revoke", &key(1), &key(2)]).await;
    records.say(&["revoke", &key(3), "--for", "role:raw"]).await;
    let app = records.try_start().await.unwrap();
    let raw = app.role("raw").unwrap();
    let mut wrong = Vec::new();
    for (text, seen) in JOINED {
        let text = text.replace("{id}", &key(3));
        let report = Report::new(&text);
        let rows = async { raw.query(&report).await?.collect().await };
        match rows.await {
            Ok(rows) if rows == [[Some(seen.to_owned())]] => {}
            other => wrong.push(format!("{text}: {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    records.host.db.drop().await;
}
