//! One tenant's own SQL against another tenant: the whole corpus, and what speaks of neighbours, on the login of its own reports.

use std::time::Duration;

use rolewright::attack::{Effect, Options, Outcome, Way, attack, corpus};

use super::{fixture::provisioned, sandbox::only_what_is_known};
use crate::{
    harness::form::{either, full},
    tenants::module::{applied, configure, file},
};

fn show(outcome: &Outcome) {
    for class in outcome.classes() {
        for (way, cell) in class.ways {
            println!("class {} {way} {} {}", class.class, cell.attempts, cell.with_effect);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_neighbour_is_reached() {
    let host = applied().await;
    configure(
        &host,
        "[tenancy.migrate]\nfolder = \"migrations\"\n[tenancy.reports]\nmax_connections = 8\nper_tenant = 4",
    );
    host.run(&["apply"]).await.exit(0);
    std::fs::create_dir_all(host.folder.path().join("migrations")).unwrap();
    let sql = "CREATE TABLE loan (id int PRIMARY KEY, item text); INSERT INTO loan VALUES (1, CASE WHEN current_schema() LIKE 'oslo%' THEN 'CANARY_NEIGHBOUR' ELSE 'own' END); \
               CREATE FUNCTION raise(n int) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'UPDATE loan SET id = id + n RETURNING id'; \
               CREATE VIEW items AS SELECT id FROM loan;";
    file(&host, "001_loans.sql", sql);
    host.run(&["tenant", "add", "diku", "oslo"]).await.exit(0);
    let provisioned = provisioned(&host).await;
    let attempts = corpus::builtin().unwrap();
    let options = Options {
        connections: vec!["tenant:diku".to_owned()],
        deadline: Duration::from_millis(300),
        // The check by itself takes as long again.
        ways: either(vec![Way::Sandbox, Way::Check], vec![Way::Sandbox]),
        ..Options::default()
    };
    let outcome = attack(&provisioned, &attempts, &options, &mut |_, _, _| {}).await.unwrap();
    show(&outcome);
    if full() {
        // What PostgreSQL gives to every login is there without the check: it is told, and is no failure.
        let options = Options { ways: vec![Way::Boundary], ..options };
        show(&attack(&provisioned, &attempts, &options, &mut |_, _, _| {}).await.unwrap());
    }
    only_what_is_known(&outcome);
    assert_eq!(outcome.escaped().count(), 0);
    let neighbours = outcome.attempts.iter().filter(|tried| tried.class.starts_with("tenant-"));
    assert!(neighbours.filter(|tried| tried.effect == Effect::None).count() >= 70);
    let app = host.db.app();
    let rows: Vec<(i32, String)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT * FROM oslo_{app}.loan UNION ALL SELECT * FROM diku_{app}.loan"
    )))
    .fetch_all(&host.db.admin())
    .await
    .unwrap();
    assert_eq!(rows, [(1, "CANARY_NEIGHBOUR".to_owned()), (1, "own".to_owned())]);
    host.db.drop().await;
}
