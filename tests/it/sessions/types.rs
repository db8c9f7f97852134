//! Every type's values come out as `psql` shows them, in each form that a result is written in.

use std::collections::{BTreeMap, BTreeSet};

use rolewright_sessions::{
    Column, QueryError, Refusal, Report, RolePool,
    render::{Format, write_all},
};
use serde_json::value::RawValue;

use super::{
    fixture::House,
    samples::{NO_TEXT, SAMPLES},
};
use crate::{
    check::fixture::Ground,
    harness::psql::{Psql, records},
};

/// Made by the ground's owner, for what a user's own types look like.
const OWN: &str = "CREATE TYPE public.mood AS ENUM ('sad', 'very happy, \"so\"');
    CREATE TYPE public.pair AS (a int, \"b c\" text, m public.mood);
    CREATE DOMAIN public.posint AS int CHECK (VALUE > 0);
    CREATE DOMAIN public.doc AS jsonb;
    CREATE TYPE public.span AS RANGE (subtype = text);
    CREATE TABLE public.nothing ();
    INSERT INTO public.nothing SELECT FROM generate_series(1, 3);
    GRANT SELECT ON public.nothing TO {}_raw";

/// Results besides those of the server's own types.
const TEXTS: &[&str] = &[
    "SELECT ROW(1, 'a b', NULL), ROW(), ROW(NULL), ROW(ROW('\"', ','), ARRAY[1])",
    "SELECT ROW(1, 'say \"so\"', 'sad')::pair, NULL::pair, ARRAY[ROW(1, '', NULL)::pair, NULL]::pair[]",
    "SELECT 'sad'::mood, ARRAY['very happy, \"so\"', NULL]::mood[], NULL::mood, 7::posint, ARRAY[7]::posint[], '{\"a\": 1}'::doc",
    "SELECT '[a,\"b, c\"]'::span, '{[a,b)}'::span_multirange, 'empty'::span, p, p.id FROM patients p ORDER BY id",
    "SELECT '[2:3]={1,2}'::int[], '[0:1][5:6]={{1,2},{3,NULL}}'::int[], '{}'::int[], NULL::int[], '{NULL,\"NULL\",\"\"}'::text[]",
    "SELECT 1 AS a, 2 AS a, 3 AS a, 4 AS a_2, 5 AS \"A\", 6 AS \"\u{e9},\"\"\n\", 7",
    "SELECT id, name FROM patients WHERE false",
    "SELECT NULL",
    "SELECT ''",
    "SELECT NULL::text AS a, '' AS b UNION ALL SELECT 'x', NULL",
    "SELECT 0.1::float8 + 0.2::float8, 1/3::numeric, 2::numeric ^ 4000, sqrt(2::numeric(1000,990)), repeat('9', 1500)::numeric / 7",
    "SELECT repeat('x\"\n', 100000), repeat('\\', 8)::bytea, array_agg(n) FROM generate_series(1, 20000) n",
    "SELECT repeat('[', 300) || repeat(']', 300), (repeat('[', 300) || repeat(']', 300))::jsonb",
    "SELECT n, CASE n % 7 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE repeat('é\",\n', n % 50) END, n / 3.0, \
     CASE WHEN n % 2 = 0 THEN jsonb_build_object('n', n) END, n % 2 = 0 FROM generate_series(1, 20000) n",
];

/// The text of a query that shows these values, none, and arrays of them.
fn all_of(name: &str, values: &[&str]) -> String {
    let of = format!("pg_catalog.\"{name}\"");
    let quoted: Vec<String> = values.iter().map(|text| format!("'{}'", text.replace('\'', "''"))).collect();
    let singles: Vec<String> = quoted.iter().map(|text| format!("{text}::{of}")).collect();
    let (list, first) = (singles.join(", "), &singles[0]);
    format!(
        "SELECT {list}, NULL::{of} AS none, ARRAY[{list}, NULL] AS list, ARRAY[]::{of}[] AS empty, \
         ARRAY[ARRAY[{first}, NULL], ARRAY[NULL, {first}]] AS square"
    )
}

async fn written(pool: &RolePool, sql: &str, format: Format) -> Result<(String, Vec<Column>), QueryError> {
    let mut rows = pool.query(&Report::new(sql)).await?;
    let mut out = Vec::new();
    write_all(&mut rows, format, &mut out).await.unwrap();
    Ok((String::from_utf8(out).unwrap(), rows.columns().to_vec()))
}

/// Runs a text in every form, and compares each with what `psql` says.
async fn compare(pool: &RolePool, psql: &Psql, sql: &str) -> Result<(), QueryError> {
    let (csv, columns) = written(pool, sql, Format::Csv).await?;
    let (names, expected) = psql.csv(sql);
    let mut got = records(&csv, "\r\n").into_iter();
    let header: Vec<String> = got.next().unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(header, names, "{sql}");
    let value = |(text, quoted): (String, bool)| (quoted || !text.is_empty()).then_some(text);
    let got: Vec<Vec<Option<String>>> = got.map(|row| row.into_iter().map(value).collect()).collect();
    assert!(got == expected, "{sql}: CSV differs: {:?}", differing(&got, &expected));
    for column in &columns {
        assert!(!column.type_name.starts_with("type "), "{sql}: {column:?}");
    }
    let (json, told) = written(pool, sql, Format::Json).await?;
    assert_eq!(told, columns);
    let objects: Vec<BTreeMap<String, &RawValue>> = serde_json::from_str(&json).unwrap();
    same(sql, &columns, &objects, &expected);
    let (ndjson, _) = written(pool, sql, Format::Ndjson).await?;
    let lines: Vec<&str> = ndjson.split_terminator('\n').collect();
    let objects: Vec<_> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    same(sql, &columns, &objects, &expected);
    Ok(())
}

fn differing<'a>(
    got: &'a [Vec<Option<String>>],
    expected: &'a [Vec<Option<String>>],
) -> Option<(&'a Option<String>, &'a Option<String>)> {
    got.iter().flatten().zip(expected.iter().flatten()).find(|(one, other)| one != other)
}

/// Whether each object has each value as JSON says it. No digit of a number is lost, and `json` is not made a string.
fn same(
    sql: &str,
    columns: &[Column],
    objects: &[BTreeMap<String, &RawValue>],
    expected: &[Vec<Option<String>>],
) {
    let names = names(columns);
    assert_eq!(objects.len(), expected.len(), "{sql}");
    for (object, row) in objects.iter().zip(expected) {
        assert_eq!(object.len(), row.len(), "{sql}");
        for ((column, name), value) in columns.iter().zip(&names).zip(row) {
            let said = object[name].get();
            let Some(value) = value else {
                assert_eq!(said, "null", "{sql}: {name}");
                continue;
            };
            let word = value.ends_with("Infinity") || value == "NaN";
            match (column.type_name.as_str(), value.as_str()) {
                ("boolean", _) => assert_eq!(said, if value == "t" { "true" } else { "false" }),
                ("smallint" | "integer" | "bigint" | "oid" | "real" | "double precision" | "numeric", _)
                    if !word =>
                {
                    assert_eq!(said, value, "{sql}: {name}");
                }
                ("json" | "jsonb", _) => {
                    assert_eq!(said.trim(), value.replace(['\n', '\r'], " ").trim(), "{sql}: {name}");
                }
                _ => assert_eq!(&serde_json::from_str::<String>(said).unwrap(), value, "{sql}: {name}"),
            }
        }
    }
}

/// The keys of the columns: a name that comes again has its number behind it.
fn names(columns: &[Column]) -> Vec<String> {
    let given: BTreeSet<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let mut used = BTreeSet::new();
    let key = |column: &Column| {
        let name = &column.name;
        let others = (2..).map(|n| format!("{name}_{n}")).filter(|key| !given.contains(key.as_str()));
        let key = std::iter::once(name.clone()).chain(others).find(|key| !used.contains(key)).unwrap();
        used.insert(key.clone());
        key
    };
    columns.iter().map(key).collect()
}

#[tokio::test]
async fn each_type_of_the_servers_own_is_written_as_psql_writes_it() {
    let ground = Ground::new().await;
    let Some(psql) = Psql::of(&ground.db).await else { return };
    let pool = ground.pool(&ground.raw, &ground.db.url()).await;
    let types: Vec<String> = sqlx::query_scalar(
        "SELECT typname::text FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm') \
            AND (typsubscript <> 'array_subscript_handler'::regproc OR typarray <> 0) ORDER BY oid",
    )
    .fetch_all(&ground.db.admin())
    .await
    .unwrap();
    let mut closed = BTreeSet::new();
    for name in &types {
        if NO_TEXT.contains(&name.as_str()) {
            continue;
        }
        let (_, values) = SAMPLES.iter().find(|(of, _)| of == name).unwrap_or_else(|| panic!("no {name}"));
        let sql = all_of(name, values);
        match compare(&pool, &psql, &sql).await {
            Ok(()) => {}
            // The server itself takes no constant of `regrole` where texts are checked.
            Err(QueryError::Refused(Refusal::Denied(_) | Refusal::Syntax { .. })) => {
                compare(&pool.unchecked(), &psql, &sql).await.unwrap();
                closed.insert(name.as_str());
            }
            Err(error) => panic!("{name}: {error}"),
        }
    }
    assert!(types.len() > 70, "{types:?}");
    let naming =
        types.iter().map(String::as_str).filter(|name| name.starts_with("reg") || *name == "aclitem");
    assert_eq!(closed, naming.collect());
    ground.end().await;
}

#[tokio::test]
async fn results_of_every_shape_are_written_as_psql_writes_them() {
    let ground = Ground::new().await;
    let Some(psql) = Psql::of(&ground.db).await else { return };
    ground.sql(OWN).await;
    let pool = ground.pool(&ground.raw, &ground.db.url()).await;
    for sql in TEXTS {
        compare(&pool, &psql, sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    // No column at all is nothing that psql has lines for.
    for (sql, rows) in [("SELECT FROM nothing", 3), ("SELECT", 1), ("SELECT FROM nothing WHERE false", 0)] {
        let (csv, columns) = written(&pool, sql, Format::Csv).await.unwrap();
        assert_eq!((csv, columns), ("\r\n".repeat(rows + 1), Vec::new()), "{sql}");
        assert_eq!(written(&pool, sql, Format::Ndjson).await.unwrap().0, "{}\n".repeat(rows), "{sql}");
        let (json, _) = written(&pool, sql, Format::Json).await.unwrap();
        let objects: Vec<BTreeMap<String, &RawValue>> = serde_json::from_str(&json).unwrap();
        assert!(objects.len() == rows && objects.iter().all(BTreeMap::is_empty), "{sql}: {json}");
    }
    ground.end().await;
}

#[tokio::test]
async fn columns_are_known_with_and_without_rows() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    for condition in ["true", "false"] {
        let sql = format!(
            "select id, id, ward as \"a b\", day::timestamptz, 'sad'::mood, array['sad'::mood], 1.5 as n, v \
             from visits v where {condition} limit 1"
        );
        let mut rows = pool.query(&Report::new(sql)).await.unwrap();
        let columns: Vec<_> = rows.columns().iter().map(|c| (c.name.clone(), c.type_name.clone())).collect();
        let expected = [
            ("id", "integer"),
            ("id", "integer"),
            ("a b", "text"),
            ("day", "timestamp with time zone"),
            ("mood", "mood"),
            ("array", "mood[]"),
            ("n", "numeric"),
            ("v", "visits"),
        ];
        assert_eq!(columns, expected.map(|(n, t)| (n.to_owned(), t.to_owned())));
        rows.collect().await.unwrap();
    }
}

#[tokio::test]
async fn a_result_is_written_as_it_comes() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    let report = Report::new("select id, ward, null as nothing from visits order by id limit 2");
    for (format, expected) in [
        (Format::Csv, "id,ward,nothing\r\n1,W1,\r\n2,W2,\r\n"),
        (
            Format::Ndjson,
            "{\"id\":1,\"ward\":\"W1\",\"nothing\":null}\n{\"id\":2,\"ward\":\"W2\",\"nothing\":null}\n",
        ),
        (
            Format::Json,
            "[\n{\"id\":1,\"ward\":\"W1\",\"nothing\":null},\n{\"id\":2,\"ward\":\"W2\",\"nothing\":null}\n]\n",
        ),
        (
            Format::Table,
            " id | ward | nothing\n----+------+---------\n  1 | W1   |\n  2 | W2   |\n(2 rows)\n",
        ),
    ] {
        let mut rows = pool.query(&report).await.unwrap();
        let mut out = Vec::new();
        let written = write_all(&mut rows, format, &mut out).await.unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        assert_eq!((written.rows, written.truncated), (2, None));
    }
}
