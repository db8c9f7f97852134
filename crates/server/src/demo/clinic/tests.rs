//! What can be told of the clinic without a server: its parts fit each other.

use std::collections::BTreeSet;

use sea_orm_migration::MigratorTrait;

use super::{ClinicMigrator, ESCAPES, REPORTS, SETTINGS, STEPS};

fn connections() -> BTreeSet<String> {
    let settings: toml::Table = toml::from_str(SETTINGS).unwrap();
    settings["roles"].as_table().unwrap().keys().cloned().collect()
}

#[test]
fn reports_and_escapes_run_on_configured_connections() {
    let connections = connections();
    let used: BTreeSet<String> = REPORTS.iter().map(|report| report.connection.to_owned()).collect();
    assert_eq!(used, connections, "every connection has a report, and every report a connection");
    for escape in ESCAPES {
        assert!(connections.contains(escape.connection), "{}", escape.title);
    }
}

#[test]
fn every_parameter_of_a_report_has_a_value_and_the_other_way_round() {
    for report in REPORTS {
        let given: BTreeSet<&str> = report.parameters.iter().map(|(name, _)| *name).collect();
        assert_eq!(placeholders(report.sql), given, "{}", report.name);
    }
}

#[test]
fn labels_are_unique_and_every_statement_names_its_sender() {
    let labels: BTreeSet<&str> = STEPS.iter().map(|step| step.label).collect();
    assert_eq!(labels.len(), STEPS.len());
    for step in STEPS {
        assert!(step.sql.starts_with("/* rolewright demo: "), "{}", step.label);
    }
}

#[test]
fn migrations_have_names_of_their_own() {
    let migrations = ClinicMigrator::migrations();
    let names: BTreeSet<&str> = migrations.iter().map(|migration| migration.name()).collect();
    assert_eq!(names.len(), migrations.len());
    assert!(names.iter().all(|name| name.starts_with("clinic_")), "{names:?}");
}

/// The names after a single colon; the reports' texts have no other colons.
fn placeholders(sql: &str) -> BTreeSet<&str> {
    assert!(!sql.contains("::"), "a cast would look like a parameter");
    sql.split(':')
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next())
        .collect()
}
