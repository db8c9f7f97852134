//! The process killed, and its connections cut, at every statement of a first apply, a drift repair and a rotation: the next start
//! converges, and nothing is ever readable that must not be.

use std::collections::BTreeMap;

use crate::{
    harness::{
        form::points,
        probe::{self, Probe},
        victim::{BLOWS, Blow, count, strike},
    },
    server::cli::Host,
};

/// Each role logs in with its derived password, and reads what it may.
const QUERIES: [(&str, &str); 2] = [
    ("role:reporting", "SELECT count(*) FROM reporting.daily"),
    ("role:raw", "SELECT name FROM public.patients"),
];

/// What a harness did, to be printed at its end.
#[derive(Default)]
struct Tally {
    statements: u64,
    kills: u64,
    cuts: u64,
    probes: u64,
    /// How the commands whose connections were cut ended, by exit code.
    codes: BTreeMap<i32, u64>,
    /// What went wrong, all of it, so that one run tells everything.
    wrong: Vec<String>,
}

impl Tally {
    /// Strikes once. The next start converges, `check` agrees, and the derived passwords open the roles.
    async fn one(&mut self, host: &Host, args: &[&str], at: u64, blow: Blow) {
        let probe = Probe::start(host).await;
        let ended = strike(host, args, at, blow).await;
        let place = format!("{args:?} at statement {at}, {blow:?}");
        match (ended.struck, blow.kill) {
            (false, _) => self.wrong.push(format!("{place}: the statement never came")),
            (true, true) => {
                self.kills += 1;
                // A process that had written its last words when the signal came has exited by itself.
                if ended.code.is_some_and(|code| code != 0) {
                    self.wrong.push(format!("{place}: not killed: {}", ended.err));
                }
            }
            (true, false) => {
                self.cuts += 1;
                let code = ended.code.unwrap_or(-1);
                *self.codes.entry(code).or_default() += 1;
                if code != 0 && !ended.err.contains("error: ") {
                    self.wrong.push(format!("{place}: exit {code} without an error: {}", ended.err));
                }
            }
        }
        self.ends_well(host, &["apply"], &place).await;
        let (probes, seen) = probe.stop().await;
        self.probes += probes;
        if !seen.is_empty() {
            self.wrong.push(format!("{place}: for a moment, {}", seen.join(", ")));
        }
        self.ends_well(host, &["check"], &place).await;
        for (name, sql) in QUERIES {
            self.ends_well(host, &["query", "--as", name, sql], &place).await;
        }
    }

    async fn ends_well(&mut self, host: &Host, args: &[&str], place: &str) {
        let said = host.run(args).await;
        if said.code != 0 {
            self.wrong.push(format!("{place}: then {args:?} gave {}: {}{}", said.code, said.err, said.out));
        }
    }

    #[track_caller]
    fn end(self, what: &str) {
        println!(
            "{what}: {} statements; {} processes killed, {} connections cut (exit codes {:?}); {} probes, {} wrong",
            self.statements,
            self.kills,
            self.cuts,
            self.codes,
            self.probes,
            self.wrong.len()
        );
        assert!(self.probes > self.kills + self.cuts, "the probe hardly looked");
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
    }
}

/// A host that is ready to be applied, without the probe's own noise.
async fn fresh() -> Host {
    let host = Host::fresh().await;
    admin(&host, "REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE SEQUENCE public.numbers; CREATE TABLE public.drifted (a int)").await;
    admin(
        &host,
        &format!(
            "ALTER TABLE public.drifted OWNER TO {0}; ALTER SEQUENCE public.numbers OWNER TO {0}",
            host.db.core_role()
        ),
    )
    .await;
    host
}

async fn admin(host: &Host, sql: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))
        .execute(&host.db.admin())
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Each point of a sample meets one kind of blow, each point of the whole all four.
fn blows(nth: usize) -> Vec<Blow> {
    if crate::harness::form::full() { BLOWS.to_vec() } else { vec![BLOWS[nth % BLOWS.len()]] }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_every_statement_of_a_first_apply() {
    let mut tally = Tally { statements: count(&fresh().await, &["apply"]).await, ..Tally::default() };
    for (nth, at) in points(tally.statements, 4).into_iter().enumerate() {
        for blow in blows(nth) {
            let host = fresh().await;
            tally.one(&host, &["apply"], at, blow).await;
            host.db.drop().await;
        }
    }
    tally.end("first apply");
}

/// Takes rights away, changes attributes and settings, adds tables, a denied one among them, and gives a right on `drifted`.
async fn drift(host: &Host, nth: u64) {
    let (reporting, raw, core) = (host.role("reporting"), host.role("raw"), host.db.core_role());
    admin(
        host,
        &format!(
            "ALTER ROLE {raw} NOLOGIN CONNECTION LIMIT 77; ALTER ROLE {reporting} VALID UNTIL '2020-01-01'; \
             ALTER ROLE {raw} SET search_path = reporting; ALTER ROLE {reporting} SET work_mem = '1GB'; \
             ALTER ROLE {reporting} PASSWORD 'somebody else knows this'; \
             REVOKE SELECT ON reporting.daily FROM {reporting}; REVOKE USAGE ON SCHEMA public FROM {raw}; \
             GRANT INSERT ON public.drifted TO {raw}; \
             CREATE TABLE public.new_{nth} (a int); ALTER TABLE public.new_{nth} OWNER TO {core}; \
             CREATE TABLE public.new_{nth}_tokens (a int); ALTER TABLE public.new_{nth}_tokens OWNER TO {core}; \
             ALTER DEFAULT PRIVILEGES FOR ROLE {core} IN SCHEMA reporting REVOKE SELECT ON TABLES FROM {reporting}"
        ),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_every_statement_of_a_drift_repair() {
    let host = fresh().await;
    host.run(&["apply"]).await.exit(0);
    drift(&host, 0).await;
    let mut tally = Tally { statements: count(&host, &["apply"]).await, ..Tally::default() };
    let mut round = 0;
    for (nth, at) in points(tally.statements, 4).into_iter().enumerate() {
        for blow in blows(nth) {
            round += 1;
            drift(&host, round).await;
            tally.one(&host, &["apply"], at, blow).await;
        }
    }
    tally.end("drift repair");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_every_statement_of_a_rotation() {
    let host = fresh().await;
    host.run(&["apply"]).await.exit(0);
    let args = ["secret", "rotate-roles"];
    let mut tally = Tally { statements: count(&host, &args).await, ..Tally::default() };
    for (nth, at) in points(tally.statements, 4).into_iter().enumerate() {
        for blow in blows(nth) {
            tally.one(&host, &args, at, blow).await;
        }
    }
    tally.end("rotation");
}

/// A probe that sees nothing proves nothing: each kind of what it looks for, made by hand, is seen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_probe_sees_what_it_looks_for() {
    let host = fresh().await;
    host.run(&["apply"]).await.exit(0);
    assert_eq!(probe::once(&host).await, Vec::<String>::new());
    let (raw, reporting) = (host.role("raw"), host.role("reporting"));
    for (sql, seen) in [
        (format!("GRANT SELECT ON public.user_tokens TO {raw}"), "reads public.user_tokens"),
        (format!("GRANT SELECT (token) ON public.user_tokens TO {raw}"), "reads public.user_tokens"),
        (format!("GRANT SELECT (password) ON public.users TO {raw}"), "reads public.users.password"),
        (
            format!("GRANT SELECT ON rolewright.local_system_secrets TO {raw}"),
            "reads rolewright.local_system_secrets",
        ),
        ("GRANT SELECT ON public.patients TO PUBLIC".to_owned(), "reads public.patients"),
        (
            // From 16 on a membership inherits as the role does when it is granted.
            format!("ALTER ROLE {reporting} INHERIT;\nGRANT pg_read_all_data TO {reporting}"),
            "reads public.users",
        ),
        (format!("GRANT UPDATE (name) ON public.patients TO {raw}"), "writes public.patients"),
        (format!("GRANT USAGE ON SEQUENCE public.numbers TO {raw}"), "advances public.numbers"),
        (format!("GRANT CREATE ON SCHEMA reporting TO {reporting}"), "creates in reporting"),
    ] {
        let probe = Probe::start(&host).await;
        admin(&host, &sql).await;
        // The one that was under way may have begun before the grant; the next one has not.
        probe.ask_again(2).await;
        admin(&host, &sql.replace("ALTER ROLE", "--").replace("GRANT", "REVOKE").replace(" TO ", " FROM "))
            .await;
        let (_, found) = probe.stop().await;
        assert!(found.iter().any(|one| one.contains(seen)), "{sql}: {found:?}");
    }
}
