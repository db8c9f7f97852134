//! Texts that ask for a row which a view or a policy hides, beside the same texts for rows that are not there: on plain connections most
//! tell it, which shows that a difference is seen; through the sandbox and through the check alone none does.

use std::time::Duration;

use rolewright::attack::{At, Attempt, Effect, Options, Outcome, Way, attack, corpus};
use serde_json::{Value, json};

use super::{
    fixture::{host, provisioned, tried},
    sandbox::only_what_is_known,
};
use crate::{harness::form::either, server::cli::Host};

const CLASS: &str = "row-oracle";

fn attempts() -> Vec<Attempt> {
    corpus::builtin().unwrap().into_iter().filter(|attempt| attempt.class == CLASS).collect()
}

async fn outcome(host: &Host, attempts: &[Attempt], ways: &[Way]) -> Outcome {
    let options = Options { ways: ways.to_vec(), deadline: Duration::from_secs(1), ..Options::default() };
    let provisioned = provisioned(host).await;
    tried(host, &provisioned, attempts, options).await
}

fn told(outcome: &Outcome, way: Way, prefix: &str) -> usize {
    let of = outcome.attempts.iter().filter(|tried| tried.way == way && tried.id.starts_with(prefix));
    of.filter(|tried| tried.effects.contains(&Effect::ToldHiddenRow)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_connection_tells_and_neither_the_sandbox_nor_the_check_does() {
    let (host, attempts) = (host().await, attempts());
    assert!(attempts.iter().filter(|attempt| !attempt.control).count() >= 90);
    // The other ways are tried with the whole corpus.
    let ways =
        either(vec![Way::Sandbox, Way::Check, Way::Simple, Way::Extended], vec![Way::Sandbox, Way::Simple]);
    let outcome = outcome(&host, &attempts, &ways).await;
    for &way in &ways {
        let count = outcome.attempts.iter().filter(|tried| tried.way == way).count();
        assert_eq!(count, attempts.len(), "{way}: {:?}", outcome.left_out);
        let least = if way.is_plain() { [40, 32, 8, 5, 7] } else { [0; 5] };
        for (prefix, least) in ["HB", "HR", "HP", "HK", "HV"].into_iter().zip(least) {
            let told = told(&outcome, way, prefix);
            assert!(told >= least && (least > 0 || told == 0), "{way} {prefix}: {told}");
        }
    }
    // They are refused for what they could tell, and for nothing else.
    for tried in outcome.attempts.iter().filter(|tried| !tried.control && !tried.id.ends_with("00")) {
        let tells = [
            "could tell of rows that are hidden",
            "could see them first",
            "that it takes for equal",
            "could tell of them before it does",
        ];
        let refused = tells.iter().any(|words| tried.stopped_by.contains(words));
        assert!(refused || tried.way.is_plain(), "{tried:?}");
    }
    // Controls are tried in every way: what is shown is told, what is not there is not.
    let of = |way: Way, id: &str| outcome.attempts.iter().find(|tried| tried.way == way && tried.id == id);
    for way in ways {
        for id in ["HB00", "HR00", "HC01", "HC04", "HC07", "HC09"] {
            assert_eq!(of(way, id).unwrap().effect, Effect::None, "{way} {id}: {:?}", of(way, id));
        }
    }
    let hit = of(Way::Simple, "HB18").unwrap();
    assert_eq!(hit.details, ["failed with 22P02 where the row is there, answered where it is not"]);
    assert_eq!(hit.effect.word(), "told-hidden-row");
    assert_eq!(outcome.escaped().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_boundary_alone_tells_what_is_known() {
    let host = host().await;
    let outcome = outcome(&host, &attempts(), &[Way::Boundary]).await;
    only_what_is_known(&outcome);
    assert!(told(&outcome, Way::Boundary, "H") >= 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_not_there_are_told_by_nothing() {
    let mut attempts = attempts();
    attempts.retain(|attempt| !attempt.control);
    for at in attempts.iter_mut().filter_map(|attempt| attempt.at.as_mut()) {
        at.there = at.there.as_deref().map(|there| format!("{there}5"));
    }
    let host = host().await;
    let outcome = outcome(&host, &attempts, &[Way::Simple]).await;
    assert_eq!(told(&outcome, Way::Simple, "H"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_control_that_cannot_tell_fails_in_every_way() {
    let blind = |id: &str, sql: &str, there: Option<&str>, absent: [&str; 2]| Attempt {
        id: id.to_owned(),
        class: CLASS.to_owned(),
        control: true,
        needs: vec!["attack_by_rolewright.people".to_owned()],
        sql: vec![sql.to_owned()],
        at: Some(At { there: there.map(str::to_owned), absent: absent.map(str::to_owned) }),
        ..Attempt::default()
    };
    let count = "SELECT count(*) FROM attack_by_rolewright.people WHERE id = {at}";
    let attempts = [
        blind("LATE", count, Some("7"), ["8", "9"]),
        blind("OWN", "SELECT {at} FROM attack_by_rolewright.people", Some("1"), ["8", "9"]),
        blind("SEEN", count, None, ["1", "9"]),
        blind("FINE", count, Some("1"), ["8", "9"]),
    ];
    let host = host().await;
    let ways = [Way::Sandbox, Way::Simple, Way::Extended];
    let options = Options { ways: ways.to_vec(), connections: vec!["rep".to_owned()], ..Options::default() };
    let provisioned = provisioned(&host).await;
    let outcome = attack(&provisioned, &attempts, &options, &mut |_, _, _| {}).await.unwrap();
    assert_eq!(outcome.attempts.len(), 12);
    for tried in &outcome.attempts {
        let expected = if tried.id == "FINE" { Effect::None } else { Effect::ControlFailed };
        assert_eq!(tried.effect, expected, "{tried:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_tells_it_in_json_and_junit_and_removes_what_it_made() {
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    let file = r#"[{"id": "BARRED", "class": "mine", "mode": "login", "needs": ["attack_by_rolewright.barred"], "at": {"there": "770", "absent": ["771", "773"]},
        "sql": ["SELECT count(*) FROM attack_by_rolewright.barred WHERE (CASE salary WHEN {at} THEN current_user::text::int END) IS NULL"]}]"#;
    std::fs::write(host.folder.path().join("mine.json"), file).unwrap();
    let args = ["attack", "--as", "raw", "--file", "mine.json"];
    let said =
        host.run(&[&args[..], &["--format", "json", "--junit", "attack.xml"]].concat()).await.exit(0).json();
    let effects: Vec<&Value> =
        said["attempts"].as_array().unwrap().iter().map(|tried| &tried["effect"]).collect();
    assert_eq!(effects, [&json!("none"), &json!("told-hidden-row"), &json!("told-hidden-row")]);
    assert_eq!(said["classes"][0]["ways"]["simple"]["effects"], json!({"told-hidden-row": 1}));
    let xml = std::fs::read_to_string(host.folder.path().join("attack.xml")).unwrap();
    assert!(xml.contains("told-hidden-row: failed with 22P02 where the row is there"), "{xml}");
    let left = "SELECT count(*) FROM pg_namespace WHERE nspname = 'attack_by_rolewright'";
    assert_eq!(sqlx::query_scalar::<_, i64>(left).fetch_one(&host.db.admin()).await.unwrap(), 0);
    host.run(&["check"]).await.exit(0);
    // What somebody else has made under that name stays, and what a run that was killed has left goes.
    let core = host.db.core();
    sqlx::raw_sql("CREATE SCHEMA attack_by_rolewright").execute(&core).await.unwrap();
    let said = host.run(&[&args[..], &["--format", "json"]].concat()).await.exit(0).json();
    assert!(said["left_out"][0]["reason"].as_str().unwrap().contains("no attack has made"), "{said}");
    let ours = "COMMENT ON SCHEMA attack_by_rolewright IS 'made by rolewright attack, and removed at its end'; \
                CREATE TABLE attack_by_rolewright.notes (id int); CREATE VIEW attack_by_rolewright.barred AS TABLE attack_by_rolewright.notes";
    sqlx::raw_sql(ours).execute(&core).await.unwrap();
    let grant = format!(
        "GRANT USAGE ON SCHEMA attack_by_rolewright TO {role}; GRANT SELECT ON attack_by_rolewright.barred TO {role}",
        role = host.role("raw")
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(grant)).execute(&core).await.unwrap();
    host.run(&args).await.fails(2, "not as configured", "rolewright apply");
    host.run(&[&args[..], &["--tidy"]].concat()).await.exit(0);
    assert_eq!(sqlx::query_scalar::<_, i64>(left).fetch_one(&host.db.admin()).await.unwrap(), 0);
}
