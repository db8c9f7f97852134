//! Every type's values come out in PostgreSQL's own text form, the one psql shows.

use rolewright_sessions::{
    Report,
    render::{Format, write_all},
};
use sqlx::AssertSqlSafe;

use super::fixture::House;

const VALUES: &[&str] = &[
    "true",
    "1::int2",
    "(-2147483648)::int4",
    "9223372036854775807::int8",
    "12345678901234567890.12345678900::numeric",
    "'NaN'::numeric",
    "'Infinity'::numeric",
    "0.1::float4",
    "1e20::float8",
    "0.1::float8 + 0.2::float8",
    "'-Infinity'::float8",
    "'12.30'::money",
    "'é \"x\", ''y'' \\'::text",
    "''::text",
    "null::text",
    "'a'::char(3)",
    "'ab'::varchar(5)",
    "'x'::\"char\"",
    "'x'::name",
    "'\\x00ff'::bytea",
    "'2026-01-01'::date",
    "'infinity'::date",
    "'0044-03-15 BC'::date",
    "'12:00:00.5'::time",
    "'12:00:00+02'::timetz",
    "'2026-01-01 12:00:00.123456'::timestamp",
    "'2026-01-01 12:00:00+02'::timestamptz",
    "'1 year 2 mons -3 days 04:05:06.7'::interval",
    "'6f2c5c0e-9f0a-4c1a-8a51-111111111111'::uuid",
    "'{\"b\": 1, \"a\": [1, 2]}'::json",
    "'{\"b\": 1, \"a\": [1, 2]}'::jsonb",
    "'$.a[*]'::jsonpath",
    "'<a>b</a>'::xml",
    "'{1,NULL,3}'::int[]",
    "'{{a,\"b,c\"},{NULL,\"\"}}'::text[]",
    "'[2:3]={1,2}'::int[]",
    "'[1,5)'::int4range",
    "'empty'::daterange",
    "'{[1,2),[5,6)}'::int4multirange",
    "B'1010'",
    "'1011'::varbit",
    "'10.0.0.1/8'::inet",
    "'10.0.0.0/8'::cidr",
    "'08:00:2b:01:02:03'::macaddr",
    "'08:00:2b:01:02:03:04:05'::macaddr8",
    "'(1,2)'::point",
    "'{1,2,3}'::line",
    "'[(1,2),(3,4)]'::lseg",
    "'(3,4),(1,2)'::box",
    "'[(1,2),(3,4)]'::path",
    "'((1,2),(3,4))'::polygon",
    "'<(1,2),3>'::circle",
    "'a & b'::tsquery",
    "'a:1 b:2A'::tsvector",
    "1::oid",
    "'pg_class'::regclass",
    "'16/B374D848'::pg_lsn",
    "'10:20:10,14'::pg_snapshot",
    "row(1, 'a b', null)",
    "'happy'::mood",
    "array['sad','happy']::mood[]",
    "row(1, 'x', '2026-01-01')::visits",
    "void_in('')",
];

#[tokio::test]
async fn each_value_is_what_psql_shows() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    for expression in VALUES {
        let mut rows = pool.query(&Report::new(format!("select {expression} as v"))).await.expect(expression);
        let got = rows.collect().await.expect(expression).remove(0).remove(0);
        let mut conn = house.db.admin().acquire().await.unwrap();
        let setup = "SET search_path = reporting; SET intervalstyle = 'postgres'; SET timezone = 'UTC'";
        sqlx::raw_sql(setup).execute(&mut *conn).await.unwrap();
        let expected: Option<String> = {
            use sqlx::{Row, ValueRef};
            let sql = format!("select {expression} as v");
            let row = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_one(&mut *conn).await.unwrap();
            let value = row.try_get_raw(0).unwrap();
            (!value.is_null()).then(|| value.as_str().unwrap().to_owned())
        };
        assert_eq!(got, expected, "{expression}");
        let known = !rows.columns()[0].type_name.starts_with("type ");
        assert!(known, "{expression}: {:?}", rows.columns());
    }
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
