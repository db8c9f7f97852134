//! Running: values, defaults, limits, and connections that are no longer there.

use rolewright::{
    core::Advice,
    reports::{Definition, ReportError, Which},
    sessions::{Param, ParameterError, QueryError},
};

use super::fixture::{admin, daily, host, start};

fn values<const N: usize>(values: [(&str, Param); N]) -> [(String, Param); N] {
    values.map(|(name, value)| (name.to_owned(), value))
}

#[tokio::test]
async fn defaults_and_values_of_every_shape_are_bound() {
    let host = host().await;
    let app = start(&host).await;
    let (reports, name) = (app.reports(), daily().name);
    reports.save(&daily(), true).await.unwrap();
    let from = |day: &str| ("from_day", Param::from(day));
    let wards = |wards: Vec<&str>| ("wards", Param::from(wards));
    for (given, rows) in [
        (values([from("2026-01-01")]).to_vec(), 7),
        (values([from("2026-01-05")]).to_vec(), 4),
        (values([from("2026-01-01"), wards(vec!["ward 2"])]).to_vec(), 3),
        (values([from("2026-01-01"), wards(vec!["it's \"x\"; DROP TABLE daily", "ward 0"])]).to_vec(), 4),
        (values([from("2026-01-01"), ("most", 4.into())]).to_vec(), 3),
        (values([from("2026-01-01"), ("wards", Param::NULL)]).to_vec(), 0),
    ] {
        let found =
            reports.run(&name, Which::Published, given.clone()).await.unwrap().collect().await.unwrap();
        assert_eq!(found.len(), rows, "{given:?}");
    }
    app.drain().await;
}

#[tokio::test]
async fn what_does_not_fit_is_named_and_no_value_is_shown() {
    let host = host().await;
    let app = start(&host).await;
    let (reports, name) = (app.reports(), daily().name);
    reports.save(&daily(), true).await.unwrap();
    let fails = async |given: Vec<(String, Param)>| {
        let error = match reports.run(&name, Which::Published, given).await {
            Ok(mut rows) => rows.collect().await.map(drop).unwrap_err().into(),
            Err(error) => error,
        };
        assert_eq!(error.exit().code(), 5, "{error}");
        assert!(!format!("{error:?} {error} {:?}", error.hint()).contains("CANARY"), "{error:?}");
        match error {
            ReportError::Parameter(error) | ReportError::Query(QueryError::Parameter(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    let day = ("from_day", Param::from("2026-01-01"));
    assert_eq!(fails(vec![]).await, ParameterError::Missing(vec!["from_day".to_owned()]));
    let unknown = fails(values([day.clone(), ("until", "CANARY".into())]).to_vec()).await;
    assert_eq!(unknown, ParameterError::Unknown(vec!["until".to_owned()]));
    for (name, value) in [("from_day", "CANARY"), ("wards", "{CANARY"), ("most", "CANARY")] {
        let mut given = vec![("from_day".to_owned(), day.1.clone())];
        given.retain(|(known, _)| known != name);
        given.push((name.to_owned(), value.into()));
        let error = fails(given).await;
        assert!(matches!(&error, ParameterError::Invalid { name: named, .. } if named == name), "{error}");
    }
    app.drain().await;
}

#[tokio::test]
async fn a_reports_own_limits_hold_within_those_of_the_role() {
    let host = host().await;
    let app = start(&host).await;
    let of = |name: &str, text: &str| Definition::new(name.parse().unwrap(), "reporting", text);
    let few = Definition { max_rows: Some(3), ..of("few", "SELECT * FROM daily") };
    let many =
        Definition { max_rows: Some(1_000_000), ..of("many", "SELECT * FROM generate_series(1, 5000)") };
    let slow = Definition {
        timeout: Some(std::time::Duration::from_millis(100)),
        ..of("slow", "SELECT count(*) FROM generate_series(1, 1000000000000)")
    };
    for (report, rows) in [(few, 3), (many, 1000)] {
        app.reports().save(&report, true).await.unwrap();
        let mut found = app.reports().run(&report.name, Which::Published, []).await.unwrap();
        assert_eq!(found.collect().await.unwrap().len(), rows, "{}", report.name);
        assert!(found.truncated().is_some());
    }
    app.reports().save_unverified(&slow).await.unwrap();
    let error = match app.reports().run(&slow.name, Which::Draft, []).await {
        Ok(mut rows) => rows.collect().await.unwrap_err(),
        Err(ReportError::Query(error)) => error,
        Err(other) => panic!("{other:?}"),
    };
    assert!(matches!(error, QueryError::Timeout { .. }), "{error:?}");
    app.drain().await;
}

#[tokio::test]
async fn a_report_whose_connection_or_table_is_gone_is_refused_and_stays() {
    let host = host().await;
    let app = start(&host).await;
    app.reports().save(&daily(), true).await.unwrap();
    admin(&host, "ALTER TABLE reporting.daily RENAME TO gone".to_owned()).await;
    let error = app.reports().verify(&daily()).await.unwrap_err();
    assert_eq!((error.exit().code(), error.to_string().contains("daily")), (5, true), "{error}");
    app.drain().await;

    let config = std::fs::read_to_string(host.folder.path().join("rolewright.toml")).unwrap();
    host.config(&config.replace("[roles.reporting]", "[roles.figures]"));
    let app = start(&host).await;
    let error =
        app.reports().run(&daily().name, Which::Published, values([("from_day", "2026-01-01".into())])).await;
    let error = error.unwrap_err();
    assert!(matches!(error, ReportError::Role(_)) && error.to_string().contains("reporting"), "{error}");
    assert!(error.hint().unwrap().contains("[roles.reporting]"));
    assert_eq!(app.reports().list().await.unwrap().len(), 1);
    app.drain().await;
}
