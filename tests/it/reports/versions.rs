//! Versions are added and never changed, whatever is done to a report.

use rolewright::reports::{Definition, Parameter, ReportError, State, Which};

use super::fixture::{daily, daily_with, host, start};

#[tokio::test]
async fn an_edit_is_a_draft_until_it_is_published_and_then_takes_the_others_place() {
    let host = host().await;
    let app = start(&host).await;
    let (reports, name) = (app.reports(), daily().name);
    assert!(matches!(reports.get(&name, Which::Newest).await, Err(ReportError::Unknown(_))));
    let first = reports.save(&daily(), false).await.unwrap();
    assert_eq!((first.number, first.new, first.published), (1, true, false));
    assert!(matches!(reports.get(&name, Which::Published).await, Err(ReportError::NotPublished(_))));
    let published = reports.publish(&name, None).await.unwrap();
    assert_eq!((published.number, published.published), (1, true));
    assert!(matches!(reports.get(&name, Which::Draft).await, Err(ReportError::NoDraft(_))));

    let same = reports.save(&daily(), false).await.unwrap();
    assert_eq!((same.number, same.new), (1, false));
    let second = reports.save(&daily_with("second"), false).await.unwrap();
    assert_eq!((second.number, second.new), (2, true));
    assert_eq!(reports.get(&name, Which::Published).await.unwrap().number, 1);
    assert_eq!(reports.get(&name, Which::Draft).await.unwrap().number, 2);
    reports.publish(&name, None).await.unwrap();
    assert_eq!(reports.get(&name, Which::Published).await.unwrap().number, 2);
    // Back to the first: it is what it was.
    assert!(reports.publish(&name, Some(1)).await.unwrap().published);
    assert!(!reports.publish(&name, Some(1)).await.unwrap().published);

    let history = reports.history(&name).await.unwrap();
    let states: Vec<_> = history.iter().map(|version| (version.number, version.state)).collect();
    assert_eq!(states, [(2, State::Replaced), (1, State::Published)]);
    assert_eq!(history[1].definition, daily());
    assert_eq!(history[1].made.by, host.db.core_role());
    assert!(!history[1].made.application.is_empty());
    assert!(history[1].published.as_ref().unwrap().at > history[0].published.as_ref().unwrap().at);
    let missing = reports.get(&name, Which::Number(7)).await.unwrap_err();
    assert!(missing.to_string().contains("no version 7; its newest is 2"), "{missing}");
    let publications: i64 = sqlx::query_scalar("SELECT count(*) FROM rolewright.report_publication")
        .fetch_one(&host.db.core())
        .await
        .unwrap();
    assert_eq!(publications, 3);
    app.drain().await;
}

#[tokio::test]
async fn what_a_version_says_is_kept_even_from_core() {
    let host = host().await;
    let app = start(&host).await;
    app.reports().save(&daily(), true).await.unwrap();
    for sql in [
        "UPDATE rolewright.report_version SET text = 'SELECT 1'",
        "UPDATE rolewright.report_publication SET published_by = 'somebody'",
        "INSERT INTO rolewright.report (name) VALUES ('Not a name')",
        "UPDATE rolewright.report SET published = 9",
    ] {
        let error = sqlx::query(sql).execute(&host.db.core()).await.unwrap_err();
        let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default().into_owned();
        assert!(matches!(code.as_str(), "23001" | "23514" | "23503"), "{sql}: {error}");
    }
    assert_eq!(app.reports().get(&daily().name, Which::Published).await.unwrap().definition, daily());
    app.drain().await;
}

#[tokio::test]
async fn a_removed_report_is_hidden_and_comes_back_with_its_history() {
    let host = host().await;
    let app = start(&host).await;
    let (reports, name) = (app.reports(), daily().name);
    reports.save(&daily(), true).await.unwrap();
    reports.remove(&name).await.unwrap();
    assert!(reports.list().await.unwrap().is_empty());
    assert_eq!(reports.removed().await.unwrap()[0].name, name);
    for which in [Which::Published, Which::Newest, Which::Draft, Which::Number(1)] {
        let error = reports.get(&name, which).await.unwrap_err();
        assert!(matches!(error, ReportError::Removed(_)), "{which:?}: {error}");
    }
    assert!(matches!(reports.remove(&name).await, Err(ReportError::Removed(_))));
    assert!(matches!(reports.publish(&name, None).await, Err(ReportError::Removed(_))));
    assert_eq!(reports.history(&name).await.unwrap().len(), 1);

    // It comes back as a draft: what ran before does not run again by itself.
    assert_eq!(reports.save(&daily(), false).await.unwrap().number, 2);
    assert!(matches!(reports.get(&name, Which::Published).await, Err(ReportError::NotPublished(_))));
    reports.publish(&name, None).await.unwrap();
    reports.purge(&name).await.unwrap();
    assert!(matches!(reports.history(&name).await, Err(ReportError::Unknown(_))));
    assert!(matches!(reports.purge(&name).await, Err(ReportError::Unknown(_))));
    assert_eq!(reports.save(&daily(), false).await.unwrap().number, 1);
    app.drain().await;
}

#[tokio::test]
async fn a_text_or_a_type_that_does_not_pass_is_neither_stored_nor_published() {
    let host = host().await;
    let app = start(&host).await;
    let reports = app.reports();
    let of = |text: &str| Definition::new("r".parse().unwrap(), "reporting", text);
    for (report, words) in [
        (of(""), "empty"),
        (of("DELETE FROM daily"), "DELETE"),
        (of("SELECT 1; SELECT 2"), "several"),
        (of("SELECT * FROM nothing_here"), "nothing_here"),
        (of("SELECT 1").param(Parameter::required("unused", "date")), "does not use it"),
        (
            of("SELECT * FROM daily WHERE day = :day").param(Parameter::required("day", "text")),
            "declares `:day` as text",
        ),
        (
            of("SELECT * FROM daily WHERE day = :day").param(Parameter::required("day", "text[]")),
            "takes date",
        ),
        (of("SELECT :day").param(Parameter::required("day", "no_such_type")), "no_such_type"),
    ] {
        let text = report.text.clone();
        let error = reports.save(&report, true).await.unwrap_err();
        assert!(error.to_string().contains(words), "{text}: {error}");
        assert_eq!(rolewright::core::Advice::exit(&error).code(), 5, "{text}: {error}");
        // As a draft it may be kept, but it stays one.
        reports.save_unverified(&report).await.unwrap();
        assert!(reports.publish(&report.name, None).await.is_err(), "{text}");
    }
    assert!(matches!(
        reports.get(&"r".parse().unwrap(), Which::Published).await,
        Err(ReportError::NotPublished(_))
    ));
    let unknown = Definition { connection: "nobody".to_owned(), ..daily() };
    assert!(matches!(reports.save(&unknown, false).await, Err(ReportError::Role(_))));
    app.drain().await;
}

#[tokio::test]
async fn parameters_that_are_not_declared_are_told_by_the_server() {
    let host = host().await;
    let app = start(&host).await;
    let text = "SELECT * FROM daily WHERE day = :day OR admissions = any(:numbers)";
    let report = Definition::new("r".parse().unwrap(), "reporting", text);
    let told = app.reports().verify(&report).await.unwrap();
    let params = [Parameter::required("day", "date"), Parameter::required("numbers", "integer[]")];
    assert_eq!(told.definition.params, params);
    let columns: Vec<_> =
        told.columns.iter().map(|column| (column.name.as_str(), column.type_name.as_str())).collect();
    assert_eq!(columns, [("day", "date"), ("ward", "text"), ("admissions", "integer")]);
    let estimate = told.estimate.unwrap();
    assert!(estimate.cost > 0.0 && estimate.rows > 0.0);
    assert!(app.reports().list().await.unwrap().is_empty());
    app.drain().await;
}
