//! Parameters of every kind, and every way to get them wrong.

use rolewright_core::{Advice, Exit};
use rolewright_sessions::{Param, ParameterError, QueryError, Report};

use super::fixture::{House, all, value};

#[tokio::test]
async fn each_kind_is_bound_and_typed_by_its_place() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    for (sql, given, expected) in [
        ("select count(*) from visits where day >= :p", Param::from("2026-02-01"), Some("970")),
        ("select count(*) from visits where id = any(:p)", vec![1, 2, 2000].into(), Some("2")),
        (
            "select count(*) from visits where ward = any(:p)",
            vec!["W1", "it's \"x\", \\ {"].into(),
            Some("143"),
        ),
        ("select count(*) from (select 1 from visits limit :p) x", 5.into(), Some("5")),
        ("select :p::int + 1", Param::from("41"), Some("42")),
        ("select :p || '!'", Param::from("'); drop table visits; --"), Some("'); drop table visits; --!")),
        ("select :p::text is null", Param::NULL, Some("t")),
        ("select coalesce(:p, 7)", None::<i64>.into(), Some("7")),
        ("select not :p", true.into(), Some("f")),
        (
            "select :p::numeric",
            Param::from("12345678901234567890.000000000010"),
            Some("12345678901234567890.000000000010"),
        ),
        ("select :p::timestamptz", Param::from("2026-01-01 12:00+02"), Some("2026-01-01 10:00:00+00")),
        ("select :p::mood > 'sad'", Param::from("happy"), Some("t")),
        ("select upper(:p::int4range)", Param::from("[1,5)"), Some("5")),
        ("select (:p::jsonb)->>'a'", Param::from("{\"a\": \"b\"}"), Some("b")),
        ("select (:p::int[])[2]", vec![Some(1), None].into(), None),
        ("select array_length(:p::text[], 1)", vec![None::<String>, Some("x".into())].into(), Some("2")),
        ("select length(:p::bytea)", Param::from("\\x00ff"), Some("2")),
        ("select length(:p::bpchar)", Param::from("abc"), Some("3")),
        ("select length(:p::bit varying)", Param::from("101"), Some("3")),
        ("select :p::interval", Param::from("P1DT2H"), Some("1 day 02:00:00")),
        ("select :p::visits", Param::from("(1,x,2026-01-01)"), Some("(1,x,2026-01-01)")),
        (
            "select extract(year from :p::date) + extract(year from :p)",
            Param::from("2026-05-05"),
            Some("4052"),
        ),
        ("select ':p' || :p::text", Param::from("x"), Some(":px")),
    ] {
        let got =
            value(&pool, &Report::new(sql).bind("p", given)).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
        assert_eq!(got.as_deref(), expected, "{sql}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_named_and_no_value_is_shown() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    let failed = async |report: Report| match all(&pool, &report).await.unwrap_err() {
        QueryError::Parameter(error) => error,
        other => panic!("{other:?}"),
    };
    let query = "select * from visits where day >= :from_day and id < :most";
    assert_eq!(
        failed(Report::new(query).bind("most", 1)).await,
        ParameterError::Missing(vec!["from_day".into()])
    );
    assert_eq!(failed(Report::new("select 1").bind("x", 1)).await, ParameterError::Unknown(vec!["x".into()]));
    let untyped = failed(Report::new("select :a::int, pg_typeof(:b)").bind("a", 1).bind("b", 1)).await;
    assert_eq!(untyped, ParameterError::Untyped(vec!["b".into()]));
    for query in [query, "select (:from_day::date - day) from visits where id < :most"] {
        let invalid = failed(Report::new(query).bind("from_day", "s3cret").bind("most", 5)).await;
        let expected = ParameterError::Invalid {
            name: "from_day".into(),
            type_name: "date".into(),
            sqlstate: "22007".into(),
        };
        assert_eq!(invalid, expected);
        assert_eq!(invalid.exit(), Exit::Refused);
        assert!(!format!("{invalid:?} {invalid} {:?}", invalid.hint()).contains("s3cret"));
    }
    let range =
        failed(Report::new("select id from visits where id < :most").bind("most", "99999999999")).await;
    assert!(range.to_string().contains(":most` is not a valid integer"), "{range}");
    assert_eq!(range.hint().as_deref(), Some("write it as PostgreSQL writes an integer"));
    // Data of the query's own are the database's failure, not a parameter's.
    let own = all(&pool, &Report::new("select ward::int from visits where id > :p").bind("p", 1))
        .await
        .unwrap_err();
    assert!(matches!(own, QueryError::Database { ref sqlstate, .. } if sqlstate == "22P02"), "{own:?}");
    assert_eq!(own.exit(), Exit::DatabaseFailed);
}
