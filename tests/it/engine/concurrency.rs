//! Processes of several installations in several databases of one cluster start at once, with drift between the rounds and
//! catalogs that are never at rest: no failure, no wrong password, no double work.

use super::crowd::{Churn, admin, apply_at_once, changes, logged};
use crate::{harness::form::either, server::cli::Host};

const QUERIES: [(&str, &str); 2] =
    [("reporting", "SELECT count(*) FROM reporting.daily"), ("raw", "SELECT name FROM public.patients")];

/// What somebody does by hand between two rounds.
const DRIFTS: [&str; 4] = [
    "ALTER ROLE {}_raw NOLOGIN CONNECTION LIMIT 77; ALTER ROLE {}_reporting SET search_path = public; \
     REVOKE SELECT ON reporting.daily FROM {}_reporting; REVOKE USAGE ON SCHEMA public FROM {}_raw",
    "ALTER ROLE {}_reporting VALID UNTIL '2020-01-01' CREATEROLE; GRANT SELECT ON public.user_tokens TO {}_raw; \
     GRANT pg_read_all_data TO {}_raw; COMMENT ON ROLE {}_reporting IS NULL",
    "DROP OWNED BY {}_raw; DROP ROLE {}_raw; ALTER ROLE {}_reporting RESET ALL",
    "DROP SCHEMA reporting CASCADE; CREATE SCHEMA reporting AUTHORIZATION {core}; \
     CREATE TABLE reporting.daily (day date, ward text, admissions int); ALTER TABLE reporting.daily OWNER TO {core}",
];

async fn major(host: &Host) -> i32 {
    let sql = "SELECT current_setting('server_version_num')::int / 10000";
    sqlx::query_scalar(sql).fetch_one(&host.db.admin()).await.unwrap()
}

/// A host whose roles have room for a login of every process at once.
async fn roomy() -> Host {
    let host = Host::fresh().await;
    let config = host.default_config();
    let config = config.replace("[roles.raw]\n", "[roles.raw]\nmax_connections = 30\n");
    host.config(&config.replace("[roles.reporting]\n", "[roles.reporting]\nmax_connections = 30\n"));
    host
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn installations_of_several_databases_start_at_once() {
    let (installations, each, rounds) = (4, either(8, 2), either(20, 2));
    let control = roomy().await;
    let mut hosts = Vec::new();
    let mut churns = Vec::new();
    for _ in 0..installations {
        let host = roomy().await;
        churns.push(Churn::start(&host).await);
        hosts.push(host);
    }
    let (mut starts, mut worked, mut wrong) = (0, 0, Vec::new());
    for round in 0..rounds {
        if round > 0 {
            let drift = DRIFTS[(round - 1) % DRIFTS.len()];
            for host in hosts.iter().chain([&control]) {
                // From 16 on, what a superuser granted is not core's to revoke, and is refused with the statement.
                let member = "GRANT pg_read_all_data TO {}_raw;";
                let drift =
                    if major(host).await >= 16 { drift.replace(member, "") } else { drift.to_owned() };
                admin(host, &drift).await;
            }
        }
        let before = logged(&control).await;
        control.run(&["apply"]).await.exit(0);
        let expected = logged(&control).await - before;
        assert!(expected > 0, "the drift of round {round} is none");

        let mut before = Vec::new();
        for host in &hosts {
            before.push(logged(host).await);
        }
        let said = apply_at_once(&hosts, each).await;
        for (n, (host, said)) in hosts.iter().zip(said).enumerate() {
            starts += said.len();
            let failed: Vec<_> = said.iter().filter(|one| one.code != 0).collect();
            if !failed.is_empty() {
                wrong.push(format!(
                    "round {round}, database {n}: {} of {} failed: {failed:?}",
                    failed.len(),
                    said.len()
                ));
                continue;
            }
            let busy = said.iter().filter(|one| changes(one) > 0).count();
            let (said, log) = (said.iter().map(changes).sum::<u64>(), logged(host).await - before[n]);
            worked += log;
            if busy != 1 || said != log || log != expected {
                wrong.push(format!(
                    "round {round}, database {n}: {busy} processes made {said} changes, {log} are in the log, {expected} were due"
                ));
            }
            for (name, sql) in QUERIES {
                let said = host.run(&["query", "--as", &format!("role:{name}"), sql]).await;
                if said.code != 0 {
                    wrong.push(format!("round {round}, database {n}: {name} cannot log in: {}", said.err));
                }
            }
            let check = host.run(&["check"]).await;
            if check.code != 0 {
                wrong.push(format!("round {round}, database {n}: not in sync: {}{}", check.out, check.err));
            }
        }
        // The next round's drift would only confuse.
        if !wrong.is_empty() {
            break;
        }
    }
    let mut churned = 0;
    for churn in churns {
        churned += churn.stop().await;
    }
    println!(
        "concurrency: {rounds} rounds, {starts} processes of {installations} installations, {worked} changes logged, \
         {churned} rounds of churn and vacuum; {} wrong",
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A fingerprint does not tell that somebody set another password: the login does, to every process at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_somebody_changed_is_set_once() {
    let hosts = [roomy().await];
    let each = either(16, 4);
    hosts[0].run(&["apply"]).await.exit(0);
    let (mut counts, rounds) = (Vec::new(), either(10, 2));
    for _ in 0..rounds {
        admin(&hosts[0], "ALTER ROLE {}_raw PASSWORD 'somebody else knows this'").await;
        let before = logged(&hosts[0]).await;
        for said in apply_at_once(&hosts, each).await.remove(0) {
            said.exit(0);
        }
        counts.push(logged(&hosts[0]).await - before);
        hosts[0].run(&["query", "--as", "role:raw", QUERIES[1].1]).await.exit(0);
    }
    println!("a changed password, {each} processes at once: set {counts:?} times");
    assert!(counts.iter().all(|count| *count == 1), "{counts:?}");
}
