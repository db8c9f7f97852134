/* rolewright demo: create reporting */
-- The schema that reports read: nothing in it names a patient. Tables and materialised views both, because hosts use both.
-- refresh_reporting.sql fills them.

CREATE SCHEMA reporting;
COMMENT ON SCHEMA reporting IS 'Aggregates for reports; no patient is named here';

CREATE TABLE reporting.daily_admissions (
    day date NOT NULL,
    ward text NOT NULL,
    admissions integer NOT NULL,
    still_in_bed integer NOT NULL,
    mean_stay_days numeric(6, 2),
    PRIMARY KEY (day, ward)
);
COMMENT ON TABLE reporting.daily_admissions IS 'Admissions of each day and ward';

CREATE TABLE reporting.patients_by_age (
    age_band text NOT NULL,
    sex text NOT NULL,
    patients integer NOT NULL,
    with_allergy integer NOT NULL,
    vaccinated integer NOT NULL,
    PRIMARY KEY (age_band, sex)
);
COMMENT ON TABLE reporting.patients_by_age IS 'Living patients in bands of ten years';

CREATE TABLE reporting.revenue_by_month (
    month date NOT NULL,
    payer text NOT NULL,
    invoices integer NOT NULL,
    invoiced numeric(14, 2) NOT NULL,
    outstanding numeric(14, 2) NOT NULL,
    PRIMARY KEY (month, payer)
);
COMMENT ON TABLE reporting.revenue_by_month IS 'What was invoiced, and what is still owed';

CREATE MATERIALIZED VIEW reporting.observation_summary AS
    SELECT t.name AS observation, t.unit,
           pg_catalog.date_trunc('month', o.observed_at AT TIME ZONE 'UTC')::date AS month,
           count(*)::integer AS readings,
           round(avg(o.value), 1) AS mean,
           min(o.value) AS lowest, max(o.value) AS highest,
           (count(*) FILTER (WHERE o.value NOT BETWEEN t.normal_low AND t.normal_high))::integer AS out_of_range
    FROM public.observations o
    JOIN public.observation_types t ON t.id = o.type_id
    GROUP BY 1, 2, 3
WITH NO DATA;
CREATE UNIQUE INDEX observation_summary_key ON reporting.observation_summary (observation, month);
COMMENT ON MATERIALIZED VIEW reporting.observation_summary IS 'Readings of each kind and month';

CREATE MATERIALIZED VIEW reporting.appointment_outcomes AS
    SELECT d.name AS department,
           pg_catalog.date_trunc('month', a.starts_at AT TIME ZONE 'UTC')::date AS month,
           count(*)::integer AS appointments,
           (count(*) FILTER (WHERE a.status = 'missed'))::integer AS missed,
           (count(*) FILTER (WHERE a.status = 'cancelled'))::integer AS cancelled
    FROM public.appointments a
    JOIN public.practitioners p ON p.id = a.practitioner_id
    JOIN public.departments d ON d.id = p.department_id
    GROUP BY 1, 2
WITH NO DATA;
CREATE UNIQUE INDEX appointment_outcomes_key ON reporting.appointment_outcomes (department, month);
COMMENT ON MATERIALIZED VIEW reporting.appointment_outcomes IS 'Appointments kept and missed';
