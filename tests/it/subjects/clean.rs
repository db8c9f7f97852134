//! Clean hands: what one subject leaves in a session, the next does not find, be it of the same role.

use rolewright_sessions::{Subject, SubjectTransaction};
use sea_orm::{ConnectionTrait as _, DbErr};
use serde_json::json;

use super::fixture::{Clinic, token, value};

/// Everything a transaction can leave in its session.
const RESIDUE: [&str; 11] = [
    "CREATE TEMP TABLE note AS SELECT 'fake' AS owner",
    "DECLARE held CURSOR WITH HOLD FOR SELECT owner FROM note",
    "LISTEN alice",
    "SELECT pg_advisory_lock(4711)",
    "PREPARE told AS SELECT 'canary'",
    "SET SESSION \"my.secret\" = 'canary'",
    "SET SESSION statement_timeout = '1ms'",
    "SET SESSION default_transaction_read_only = on",
    "SELECT nextval('note_id_seq')",
    "SELECT set_config('rolewright.other', 'canary', false)",
    "SET SESSION rolewright.subject = 'alice'",
];

const SEEN: &str = "SELECT concat_ws(' ', \
     'settings', coalesce(current_setting('my.secret', true), ''), current_setting('statement_timeout'), \
         current_setting('default_transaction_read_only'), coalesce(current_setting('rolewright.other', true), ''), \
     'told', current_setting('rolewright.subject'), current_setting('rolewright.claims')::jsonb ->> 'ward', \
     'temp', (SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()), \
     'cursors', (SELECT count(*) FROM pg_cursors), \
     'prepared', (SELECT count(*) FROM pg_prepared_statements WHERE from_sql), \
     'listening', (SELECT count(*) FROM pg_listening_channels()), \
     'locks', (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()))";

async fn seen_by(subject: &Subject) -> (String, String) {
    let work = async |tx: &SubjectTransaction| {
        let pid = value(tx, "SELECT pg_backend_pid()::text").await?;
        Ok::<_, DbErr>((pid, value(tx, SEEN).await?))
    };
    subject.transaction(work).await.unwrap()
}

#[tokio::test]
async fn nothing_reaches_the_next_subject() {
    let clinic = Clinic::of(&["alice", "bob"]).await;
    let mut options = clinic.options(1).await;
    for db_role in [true, false] {
        options.rules.db_role = db_role;
        let subjects = rolewright_sessions::Subjects::open(options.clone());
        let alice = subjects.verify(&token("alice", json!({ "ward": 1 }))).await.unwrap();
        let bob = subjects.verify(&token("bob", json!({}))).await.unwrap();
        let (pid, before) = seen_by(&bob).await;
        for left in RESIDUE {
            for keep in [true, false] {
                let work = async |tx: &SubjectTransaction| {
                    tx.execute_unprepared(left).await?;
                    if keep { Ok(()) } else { Err(DbErr::Custom("rolled back".to_owned())) }
                };
                let kept = alice.transaction(work).await;
                assert_eq!(kept.is_ok(), keep, "{left}: {kept:?}");
                let (same, after) = seen_by(&bob).await;
                assert_eq!(after, before, "{left}");
                assert_eq!(same, pid, "another session, so this proves nothing: {left}");
            }
        }
        subjects.close().await;
    }
}

/// Between transactions, the session is nobody's.
#[tokio::test]
async fn what_it_was_told_ends_with_it() {
    let clinic = Clinic::of(&["alice", "bob"]).await;
    let subjects = clinic.open(1).await;
    for (name, ward) in [("alice", json!({ "ward": "3" })), ("bob", json!({}))] {
        let subject = subjects.verify(&token(name, ward.clone())).await.unwrap();
        let ward_seen = "SELECT current_setting('rolewright.claims')::jsonb ->> 'ward'";
        let told = subject.transaction(async |tx| value(tx, ward_seen).await).await.unwrap();
        assert_eq!(told, ward["ward"].as_str().unwrap_or_default());
    }
}
