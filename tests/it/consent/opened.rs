//! Break-glass: one record, for a reason, until a time, by a role that may, and written down.

use serde_json::json;

use super::fixture::{Records, Who, key};

#[tokio::test]
async fn a_record_is_opened_for_a_reason_until_a_time() {
    let records = Records::unapplied("break_glass = [\"{}_emergency\"]").await;
    records.host.run(&["apply"]).await.exit(0);
    let modern: bool = sqlx::query_scalar("SELECT current_setting('server_version_num')::int >= 160000")
        .fetch_one(&records.host.db.admin())
        .await
        .unwrap();
    let inherit = if modern { " WITH INHERIT TRUE, SET FALSE" } else { "" };
    records.admin(&format!("GRANT {{}}_emergency TO {}{inherit}", records.role(Who::Alice))).await;
    records.say(&["revoke", &key(1), &key(2)]).await;
    let open = async |who: Who, sql: &str| {
        let mut tx = records.host.db.admin().begin().await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(records.become_them(who))).execute(&mut *tx).await.unwrap();
        let opened = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(format!(
            "SELECT rolewright_break_glass.open({sql})"
        )))
        .fetch_one(&mut *tx)
        .await;
        match opened {
            Ok(id) => tx.commit().await.map(|()| id).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        }
    };
    let one = format!("'ehr', '{}'", key(1));
    for (who, asked, words) in [
        (Who::Raw, format!("{one}, 'an emergency'"), "permission denied"),
        (Who::Bob, format!("{one}, 'an emergency'"), "permission denied"),
        (Who::Alice, format!("{one}, ' '"), "opened for a reason"),
        (Who::Alice, format!("{one}, 'an emergency', now() - interval '1 minute'"), "within 24 hours"),
        (Who::Alice, format!("{one}, 'an emergency', now() + interval '25 hours'"), "within 24 hours"),
        (Who::Alice, "'else', 'x', 'an emergency'".to_owned(), "may not open records of this kind"),
        (Who::Alice, "'ehr', 'x', 'an emergency'".to_owned(), "invalid input syntax for type uuid"),
    ] {
        let said = open(who, &asked).await.unwrap_err();
        assert!(said.contains(words), "{who:?} {asked}: {said}");
    }
    // No setting opens anything: the role that the session is, and no word of it.
    assert!(!records.sees(Who::Alice, 1).await);
    let opening = open(Who::Alice, &format!("{one}, 'unconscious in the ward', now() + interval '2 hours'"))
        .await
        .unwrap();
    assert!(records.sees(Who::Alice, 1).await && !records.sees(Who::Alice, 2).await);
    for who in [Who::Owner, Who::Reporting, Who::Raw, Who::Bob] {
        assert!(!records.sees(who, 1).await, "{who:?}");
    }
    let said = records.host.run(&["consent", "explain", &key(1), "--as", "subject:alice"]).await.exit(0);
    assert!(
        said.out.contains("visible for") && said.out.contains(&format!("opening {opening}, until")),
        "{}",
        said.out
    );
    let listed = records.host.run(&["consent", "list", "--opened", "--format", "json"]).await.exit(0).json();
    assert_eq!(listed[0]["reason"], "unconscious in the ward");
    assert_eq!(listed[0]["role"], json!(records.role(Who::Alice)));
    assert_eq!((&listed[0]["subject"], &listed[0]["record"]), (&json!("alice"), &json!(key(1))));
    assert_eq!(listed[0]["login"], format!("{}_access", records.app));
    // It ends by itself.
    open(Who::Alice, &format!("'ehr', '{}', 'once more', now() + interval '1 second'", key(2)))
        .await
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert!(!records.sees(Who::Alice, 2).await);
    // What was written down stays so.
    for sql in [
        "DELETE FROM rolewright_consent.opening",
        "UPDATE rolewright_consent.opening SET reason = 'x'",
        "TRUNCATE rolewright_consent.saying",
        "UPDATE rolewright_consent.saying SET reason = 'x'",
    ] {
        let error = sqlx::raw_sql(sql).execute(&records.host.db.core()).await.unwrap_err().to_string();
        assert!(error.contains("added to, and never changed"), "{sql}: {error}");
    }
    records.host.db.drop().await;
}
