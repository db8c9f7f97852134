//! The clinic's reports, for the demo: what somebody would really ask, with named parameters and few rows.

use crate::reports::{Definition, Parameter, ReportError};

/// A report: a query, the connection it runs on, and values to try it with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    /// What it shows, as a heading.
    pub(crate) name: &'static str,
    /// The configured connection: `reporting` or `raw`.
    pub(crate) connection: &'static str,
    /// One query; its parameters are written `:name`.
    pub(crate) sql: &'static str,
    /// A value for each parameter, as text that PostgreSQL reads as the parameter's type.
    pub(crate) parameters: &'static [(&'static str, &'static str)],
}

/// The reports, at least one of each connection; none returns more than ten rows.
pub(crate) const REPORTS: [Report; 3] = [
    Report {
        name: "The busiest wards of a quarter",
        connection: "reporting",
        sql: "SELECT ward, sum(admissions) AS admissions, sum(still_in_bed) AS still_in_bed,
       round(sum(mean_stay_days * (admissions - still_in_bed)) / nullif(sum(admissions - still_in_bed), 0), 1) AS mean_stay_days
FROM reporting.daily_admissions
WHERE day BETWEEN :from_date AND :to_date
GROUP BY ward
ORDER BY admissions DESC, ward
LIMIT 8",
        parameters: &[("from_date", "2025-10-01"), ("to_date", "2025-12-31")],
    },
    Report {
        name: "Observations of one ward, and how many were out of range",
        connection: "raw",
        sql: "SELECT t.name AS observation, count(*) AS readings, round(avg(o.value), 1) AS mean, t.unit,
       count(*) FILTER (WHERE o.value < t.normal_low) AS too_low,
       count(*) FILTER (WHERE o.value > t.normal_high) AS too_high
FROM public.encounters e
JOIN public.wards w ON w.id = e.ward_id
JOIN public.observations o ON o.encounter_id = e.id
JOIN public.observation_types t ON t.id = o.type_id
WHERE w.name = :ward AND CAST(e.started_at AT TIME ZONE 'UTC' AS date) >= :from_date
GROUP BY t.name, t.unit
ORDER BY readings DESC, observation",
        parameters: &[("ward", "Willow"), ("from_date", "2025-01-01")],
    },
    Report {
        name: "Departments whose appointments are missed",
        connection: "reporting",
        sql: "SELECT department, sum(appointments) AS appointments, sum(missed) AS missed,
       round(100.0 * sum(missed) / sum(appointments), 1) AS percent
FROM reporting.appointment_outcomes
WHERE month >= :from_date
GROUP BY department
HAVING sum(appointments) >= :at_least
ORDER BY percent DESC, department
LIMIT 5",
        parameters: &[("from_date", "2025-01-01"), ("at_least", "100")],
    },
];

/// The first of them as a stored report, with its values as defaults.
pub(crate) fn stored() -> Result<Definition, ReportError> {
    let [report, ..] = REPORTS;
    let mut stored = Definition::new("busiest-wards".parse()?, report.connection, report.sql);
    stored.title = report.name.to_owned();
    for (name, value) in report.parameters {
        stored = stored.param(Parameter::optional(*name, "date", Some(value)));
    }
    Ok(stored)
}
