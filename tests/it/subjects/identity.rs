//! Who a transaction is, what it sees and what it is told.

use rolewright_sessions::{SubjectTransaction, Subjects, subject::Rules};
use sea_orm::{ConnectionTrait as _, DbErr, Statement};
use serde_json::{Value, json};

use super::fixture::{Clinic, token, value};

const BODIES: &str = "SELECT coalesce(string_agg(owner || ':' || body, ' ' ORDER BY id), '') FROM note";

#[tokio::test]
async fn each_is_itself_and_sees_its_own() {
    // Names that would be something else wherever they were read as SQL.
    let names = ["alice", "o'brien \"x\"; --", "\\'; RESET ROLE; --", "$$zoë$$ Ω"];
    let clinic = Clinic::of(&names).await;
    let subjects = clinic.open(2).await;
    for name in names {
        let claims = json!({ "ward": "\u{7}'; SELECT 1 \\ \"3\" Ω", "deep": { "a": [1, null] } });
        let subject = subjects.verify(&token(name, claims.clone())).await.unwrap();
        let work = async |tx: &SubjectTransaction| {
            assert_eq!(tx.identity().subject(), name);
            assert_eq!(value(tx, "SELECT CURRENT_USER::text").await?, clinic.role(name));
            assert_eq!(value(tx, "SELECT SESSION_USER::text").await?, clinic.login);
            assert_eq!(value(tx, "SHOW search_path").await?, "public, pg_temp");
            assert_eq!(value(tx, "SELECT current_setting('rolewright.subject')").await?, name);
            let told: Value =
                serde_json::from_str(&value(tx, "SELECT current_setting('rolewright.claims')").await?)
                    .unwrap();
            assert_eq!(
                (&told["ward"], &told["deep"], &told["sub"]),
                (&claims["ward"], &claims["deep"], &json!(name))
            );
            assert_eq!(
                value(tx, "SELECT current_setting('rolewright.claims')::jsonb #>> '{deep,a,0}'").await?,
                "1"
            );
            assert_eq!(value(tx, BODIES).await?, format!("{name}:first"));
            let add = Statement::from_sql_and_values(
                tx.get_database_backend(),
                "INSERT INTO note (owner, body) VALUES ($1, 'second')",
                [name.into()],
            );
            tx.execute_raw(add).await
        };
        subject.transaction(work).await.unwrap();
        assert_eq!(clinic.notes(name).await, ["first", "second"]);
    }
}

#[tokio::test]
async fn one_of_several_roles() {
    let clinic = Clinic::of(&["alice"]).await;
    let mut options = clinic.options(2).await;
    let user = async |tx: &SubjectTransaction| value(tx, "SELECT CURRENT_USER::text").await;
    let app = clinic.db.app();
    for roles in [
        json!(["nurse", "physician"]),
        json!("nurse,physician"),
        json!(["offline_access", "nurse", "physician"]),
    ] {
        let given = token("alice", json!({ "roles": roles }));
        let by_subject = Subjects::open(options.clone()).verify(&given).await.unwrap();
        assert_eq!(by_subject.transaction(user).await.unwrap(), clinic.role("alice"));
        options.rules.role_precedence = true;
        let by_role = Subjects::open(options.clone()).verify(&given).await.unwrap();
        assert_eq!(by_role.transaction(user).await.unwrap(), format!("{app}_role_physician"));
        let asked = by_role.as_role("nurse").await.unwrap();
        assert_eq!(asked.transaction(user).await.unwrap(), format!("{app}_role_nurse"));
        // It is the same subject all the same.
        assert_eq!(asked.transaction(async |tx| value(tx, BODIES).await).await.unwrap(), "alice:first");
        options.rules.role_precedence = false;
    }
    let rules = Rules { db_role: false, ..options.rules.clone() };
    let shared = Subjects::open(rolewright_sessions::subject::OpenSubjects { rules, ..options });
    for name in ["alice", "nobody"] {
        let subject = shared.verify(&token(name, json!({}))).await.unwrap();
        assert_eq!(subject.transaction(user).await.unwrap(), format!("{app}_subject"));
        let seen = subject.transaction(async |tx| value(tx, BODIES).await).await.unwrap();
        assert_eq!(seen, if name == "alice" { "alice:first" } else { "" });
    }
}

/// The login by itself is nobody: it reads nothing, and finds nobody's name.
#[tokio::test]
async fn the_login_reads_nothing() {
    use sqlx::Connection as _;

    let clinic = Clinic::of(&["alice"]).await;
    let url = clinic.db.admin_url().parse::<sqlx::postgres::PgConnectOptions>().unwrap();
    let url = url.username(&clinic.login).password("sesame-4711");
    let mut login = sqlx::PgConnection::connect_with(&url).await.unwrap();
    let refused = sqlx::query("SELECT * FROM public.note").fetch_all(&mut login).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501");
}

#[tokio::test]
async fn it_runs_in_tasks_of_its_own() {
    let clinic = Clinic::of(&["alice", "bob"]).await;
    let subjects = clinic.open(4).await;
    let tasks: Vec<_> = (0..40)
        .map(|number| {
            let subjects = subjects.clone();
            tokio::spawn(async move {
                let name = if number % 2 == 0 { "alice" } else { "bob" };
                let subject = subjects.verify(&token(name, json!({ "number": number }))).await.unwrap();
                let seen = subject.transaction(async |tx| {
                    let told =
                        value(tx, "SELECT current_setting('rolewright.claims')::jsonb ->> 'number'").await?;
                    Ok::<_, DbErr>((told, value(tx, BODIES).await?))
                });
                assert_eq!(seen.await.unwrap(), (number.to_string(), format!("{name}:first")));
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    subjects.close().await;
}
