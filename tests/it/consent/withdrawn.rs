//! Revocations in any number, as the owner, two subjects, a reporting role and a raw one see them.

use rolewright::sessions::Report;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::json;

use super::fixture::{ALL, Records, Who, key};
use crate::subjects::token;

#[tokio::test]
async fn two_and_all_of_ten_are_hidden_from_everybody_and_come_back() {
    let records = Records::ten().await;
    for who in ALL {
        let whole: &[&str] =
            if who == Who::Reporting { &["10", "10"] } else { &["10", "10", "10", "10", "5", "5"] };
        assert_eq!(records.counts(who).await, whole, "{who:?}");
    }
    // Two, where permissive policies would have shown all ten (a denial each, ORed).
    records.say(&["revoke", &key(1), &key(7), "--reason", "by letter", "--by", "front desk"]).await;
    for who in ALL {
        let rest: &[&str] = if who == Who::Reporting { &["8", "8"] } else { &["8", "8", "8", "8", "4", "4"] };
        assert_eq!(records.counts(who).await, rest, "{who:?}");
        assert!(!records.sees(who, 1).await && !records.sees(who, 7).await && records.sees(who, 2).await);
    }
    let all: Vec<String> = (1..=10).map(key).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    records.say(&[&["revoke"], &all[..]].concat()).await;
    for who in ALL {
        assert!(records.counts(who).await.iter().all(|count| count == "0"), "{who:?}");
    }
    // A superuser is bound by none, and data are all there.
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM ehr.comp_data")
        .fetch_one(&records.host.db.admin())
        .await
        .unwrap();
    assert_eq!(rows, 10);
    records.say(&["restore", &key(7)]).await;
    for who in ALL {
        assert!(records.sees(who, 7).await && !records.sees(who, 1).await, "{who:?}");
    }
    // What was said is all there still.
    let said = records.host.run(&["consent", "list", "--format", "json", "-n", "100"]).await.exit(0).json();
    let said = said.as_array().unwrap();
    assert_eq!(said.len(), 13);
    assert_eq!(said[0]["effect"], "allow");
    assert_eq!((&said[12]["reason"], &said[12]["by"]), (&json!("by letter"), &json!("front desk")));
    records.host.db.drop().await;
}

#[tokio::test]
async fn real_sessions_see_the_change_at_their_next_statement() {
    let records = Records::ten().await;
    let app = records.try_start().await.unwrap();
    let raw = app.role("raw").unwrap();
    let count = async |pool: &rolewright::sessions::RolePool, sql: &str| {
        let mut rows = pool.query(&Report::new(sql)).await.unwrap();
        rows.collect().await.unwrap()[0][0].clone().unwrap()
    };
    let alice = app.subject(&token("alice", json!({}))).await.unwrap();
    let noted = alice
        .transaction(async |tx| {
            let ask =
                || Statement::from_string(tx.get_database_backend(), "SELECT count(*) FROM ehr.comp_data");
            let before = tx.query_one_raw(ask()).await?.unwrap().try_get_by_index::<i64>(0)?;
            // Within her transaction, by another connection: the next statement obeys.
            records.say(&["revoke", &key(3)]).await;
            let after = tx.query_one_raw(ask()).await?.unwrap().try_get_by_index::<i64>(0)?;
            Ok::<_, sea_orm::DbErr>((before, after))
        })
        .await
        .unwrap();
    assert_eq!(noted, (10, 9));
    assert_eq!(count(&raw, "SELECT count(*) FROM comp_data").await, "9");
    assert_eq!(count(&raw, "SELECT count(*) FROM event_1").await, "4");
    assert_eq!(count(&app.role("reporting").unwrap(), "SELECT sum(days) FROM days").await, "9");
    // No lock on the data, and no plan thrown away: a reader that is in the middle does not hold a revocation up.
    let mut reader = records.host.db.core().begin().await.unwrap();
    sqlx::query("SELECT count(*) FROM ehr.ehr").execute(&mut *reader).await.unwrap();
    records.say(&["revoke", &key(4)]).await;
    reader.rollback().await.unwrap();
    // The application's own writing goes on: what is hidden is not changed, and new rows of its record may come.
    let changed =
        sqlx::query("UPDATE ehr.ehr SET name = 'x'").execute(&records.host.db.core()).await.unwrap();
    assert_eq!(changed.rows_affected(), 8);
    records.core(&format!("INSERT INTO ehr.event VALUES ('{}', 1)", key(3))).await;
    assert!(!records.sees(Who::Owner, 3).await);
    app.drain().await;
    records.host.db.drop().await;
}

#[tokio::test]
async fn a_hundred_thousand_from_a_file() {
    let records = Records::ten().await;
    records
        .core(
            "INSERT INTO ehr.ehr SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'more' FROM generate_series(11, 100100) n",
        )
        .await;
    let lines: Vec<String> = (1..=100_000).map(key).collect();
    records.host.key("gone.txt", &format!("# withdrawn in May\n{}\n", lines.join("\n")), 0o600);
    let said =
        records.host.run(&["consent", "revoke", "--file", "gone.txt", "--format", "json"]).await.exit(0);
    let told = json!({ "effect": "revoke", "whom": "everybody", "records": 100_000, "there": true });
    assert_eq!(said.json(), told);
    for who in [Who::Owner, Who::Raw, Who::Alice] {
        assert_eq!(records.seen(who, "SELECT count(*) FROM ehr.ehr").await.unwrap(), ["100"], "{who:?}");
    }
    assert_eq!(records.counts(Who::Reporting).await, ["100", "100"]);
    // All or none: one bad key among them, and nothing was said.
    records.host.key("bad.txt", &format!("{}\nno-uuid\n", lines[..5000].join("\n")), 0o600);
    records.host.run(&["consent", "restore", "--file", "bad.txt"]).await.fails(
        64,
        "`no-uuid` is no key of ehr, whose keys are uuid",
        "write the key as the database does",
    );
    assert_eq!(records.seen(Who::Owner, "SELECT count(*) FROM ehr.ehr").await.unwrap(), ["100"]);
    records.host.db.drop().await;
}
