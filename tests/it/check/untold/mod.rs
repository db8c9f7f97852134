//! Whatever a report is: what the check takes answers the same, whatever a row is that is hidden. Random texts, in two schemas that differ in
//! one hidden row alone.
//!
//! `ROLEWRIGHT_TEST_UNTOLD` names a folder with another `grammar.txt` or `world.sql`, to try templates without building;
//! `ROLEWRIGHT_TEST_TEXTS` says how many texts.

mod calls;
mod grammar;

use std::path::PathBuf;

use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use rolewright_sessions::QueryError;
use sea_orm::{ConnectionTrait as _, DbErr};
use sqlx::{AssertSqlSafe, PgConnection, Row as _, ValueRef as _, postgres::PgRow};

use self::grammar::Grammar;
use super::fixture::Ground;
use crate::harness::form::{either, full};

/// The row that nobody may see, as it is in the one schema and in the other.
const HIDDEN: [&str; 2] = [
    "77, 770, '', '2024-01-01', 0, '[]', ARRAY[]::int[], '2024-01-01Z'",
    "77, 771, 'n77', '2000-03-01', 77, '{\"x\": 77}', '{77,1}', '2020-03-01Z'",
];

const SCHEMAS: [&str; 2] = ["reporting", "reporting_b"];

/// How many texts are tried over the same views.
const A_WORLD: usize = 60;

/// The two schemas, and who reads them.
struct Worlds {
    ground: Ground,
    roles: [PgConnection; 2],
    /// The views that were made last.
    made: Vec<String>,
}

impl Worlds {
    async fn new() -> Self {
        let ground = Ground::new().await;
        ground.sql("CREATE SCHEMA reporting_b").await;
        let world = file("world.sql", include_str!("world.sql"));
        let mut roles = Vec::new();
        for (schema, row) in SCHEMAS.into_iter().zip(HIDDEN) {
            let sql = world.replace("{row}", row).replace("{h}", &format!("hidden_{schema}"));
            let sql = sql.replace("{s}", schema).replace("{role}", ground.rep.role.as_str());
            ground.sql(&sql).await;
            let mut role = ground.log_in(&ground.rep).await.unwrap();
            let set = format!("SET search_path = {schema}; SET statement_timeout = '2s'");
            sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut role).await.unwrap();
            roles.push(role);
        }
        Self { ground, roles: roles.try_into().unwrap(), made: Vec::new() }
    }

    /// Puts other views in the place of `r0` to `r7`: four that hide rows, and four to be read beside. Those that tell of themselves are left out.
    async fn renew(&mut self, grammar: &Grammar<'_>, bodies: &[Vec<u16>]) {
        for number in 0..bodies.len() {
            for schema in SCHEMAS {
                let _ = self.run(&format!("DROP VIEW IF EXISTS {schema}.r{number} CASCADE")).await;
            }
        }
        for (number, choices) in bodies.iter().enumerate() {
            let name = format!("r{number}");
            let body = grammar.text(if number < 4 { 'V' } else { 'W' }, choices);
            let barrier = if choices.len() % 2 == 0 { "WITH (security_barrier)" } else { "" };
            let role = self.ground.rep.role.as_str().to_owned();
            let mut made = true;
            for schema in SCHEMAS {
                made &= self
                    .run(&format!(
                        "SET LOCAL search_path = {schema}, hidden_{schema}; SET LOCAL statement_timeout = '2s'; \
                         CREATE VIEW {schema}.{name} {barrier} AS {body}; GRANT SELECT ON {schema}.{name} TO {role}"
                    ))
                    .await
                    .is_ok();
            }
            let mut tells = false;
            for asked in ["count(*)", "x::text", "id", "name", "born", "fee"] {
                tells = tells || self.tells(&format!("SELECT {asked} FROM {name} x ORDER BY 1")).await;
            }
            if !made || tells {
                for schema in SCHEMAS {
                    let _ = self.run(&format!("DROP VIEW IF EXISTS {schema}.{name} CASCADE")).await;
                }
            } else {
                self.made.push(format!("CREATE VIEW {name} {barrier} AS {body}"));
            }
        }
    }

    async fn run(&self, sql: &str) -> Result<(), DbErr> {
        self.ground.core.execute_unprepared(sql).await.map(drop)
    }

    /// Whether both answer the same; what takes longer than it may says nothing.
    async fn tells(&mut self, text: &str) -> bool {
        let [one, other] = &mut self.roles;
        let (one, other) = (answer(one, text).await, answer(other, text).await);
        let canceled = |answer: &Result<_, String>| answer.as_ref().is_err_and(|code| code == "57014");
        one != other && !canceled(&one) && !canceled(&other)
    }

    /// Whether the check takes a text; nothing where the server does not.
    async fn takes(&self, text: &str) -> Option<bool> {
        match self.ground.check(&self.ground.rep, text).await {
            Ok(_) => Some(true),
            Err(QueryError::Refused(_)) => Some(false),
            Err(_) => None,
        }
    }
}

fn file(name: &str, own: &str) -> String {
    let other = std::env::var_os("ROLEWRIGHT_TEST_UNTOLD").map(|folder| PathBuf::from(folder).join(name));
    other.map_or_else(|| own.to_owned(), |path| std::fs::read_to_string(path).unwrap())
}

/// The first column of all rows, as text, or the SQLSTATE.
async fn answer(role: &mut PgConnection, text: &str) -> Result<Vec<String>, String> {
    let rows = sqlx::raw_sql(AssertSqlSafe(text.to_owned())).fetch_all(&mut *role).await;
    let rows = rows.map_err(|error| match error.as_database_error().and_then(|error| error.code()) {
        Some(code) => code.into_owned(),
        None => panic!("{text}: {error}"),
    })?;
    let value = |row: &PgRow| {
        let value = row.try_get_raw(0).unwrap();
        if value.is_null() { "null".to_owned() } else { value.as_str().unwrap().to_owned() }
    };
    Ok(rows.iter().map(value).collect())
}

#[tokio::test]
async fn no_text_that_is_taken_tells_of_a_hidden_row() {
    let mut worlds = Worlds::new().await;
    // What differs is seen to differ, and nothing else does.
    assert!(
        worlds
            .tells("SELECT count(*) FROM barred WHERE salary = 770 AND name = (SELECT name FROM people)")
            .await
    );
    assert!(worlds.tells("SELECT count(*) FROM plain WHERE 1 / (salary - 770) >= 0").await);
    assert!(!worlds.tells("SELECT count(*), max(name) FROM barred").await);
    let templates = file("grammar.txt", include_str!("grammar.txt"));
    let grammar = Grammar::parse(&templates, calls::calls(&mut worlds.roles[0]).await);
    let count = std::env::var("ROLEWRIGHT_TEST_TEXTS").ok().and_then(|count| count.parse().ok());
    let count = count.unwrap_or(either(20_000, 300));
    let config = Config { failure_persistence: None, ..Config::default() };
    // The sample is the same each time.
    let mut runner = if full() {
        TestRunner::new(config)
    } else {
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
    };
    let strategy = proptest::collection::vec(any::<u16>(), 8..60);
    let (mut taken, mut refused, mut views, mut told) = (0, 0, 0, Vec::new());
    for number in 0..count {
        if number % A_WORLD == 0 {
            worlds.made.clear();
            let mut choices = || strategy.new_tree(&mut runner).unwrap().current();
            let bodies: Vec<Vec<u16>> = (0..8).map(|_| choices()).collect();
            worlds.renew(&grammar, &bodies).await;
            views += worlds.made.len();
        }
        let mut tree = strategy.new_tree(&mut runner).unwrap();
        let text = grammar.text('R', &tree.current());
        match worlds.takes(&text).await {
            None => continue,
            Some(false) => {
                refused += 1;
                continue;
            }
            Some(true) => taken += 1,
        }
        if !worlds.tells(&text).await {
            continue;
        }
        let mut simplest = text;
        let mut simpler = tree.simplify();
        while simpler {
            let text = grammar.text('R', &tree.current());
            simpler = if worlds.takes(&text).await == Some(true) && worlds.tells(&text).await {
                simplest = text;
                tree.simplify()
            } else {
                tree.complicate()
            };
        }
        let named = |view: &&String| simplest.contains(&view[12..14]) || view.contains("FROM r");
        let views: Vec<&String> = worlds.made.iter().filter(named).collect();
        println!("told: {simplest}\n  of {views:#?}");
        told.push(simplest);
    }
    println!("{taken} texts were taken and {refused} refused, of {count}, over {views} views");
    worlds.ground.end().await;
    assert!(told.is_empty(), "{told:#?}");
    assert!(taken > count / 8 && refused > count / 8, "the templates try nothing any more");
    assert!(views > count / 30, "of the templates of views only {views} make any");
}
