/* rolewright demo: refresh reporting */
-- Fills the reporting schema from the clinic's tables, in one transaction: readers see the old rows or the new ones.
-- The lock lets one refresh wait for another and does not stop readers.
LOCK TABLE reporting.daily_admissions IN SHARE ROW EXCLUSIVE MODE;

DELETE FROM reporting.daily_admissions;
INSERT INTO reporting.daily_admissions
    SELECT (a.admitted_at AT TIME ZONE 'UTC')::date, w.name, count(*),
           count(*) FILTER (WHERE a.discharged_at IS NULL),
           round(avg(EXTRACT(EPOCH FROM a.discharged_at - a.admitted_at)) / 86400, 2)
    FROM public.admissions a
    JOIN public.beds b ON b.id = a.bed_id
    JOIN public.wards w ON w.id = b.ward_id
    GROUP BY 1, 2;

DELETE FROM reporting.patients_by_age;
INSERT INTO reporting.patients_by_age
    SELECT pg_catalog.format('%s-%s', decade * 10, decade * 10 + 9), sex, count(*), count(*) FILTER (WHERE allergic),
           count(*) FILTER (WHERE vaccinated)
    FROM (
        SELECT EXTRACT(YEAR FROM pg_catalog.age(clinic_seed.today(), p.birth_date))::integer / 10 AS decade, p.sex::text AS sex,
               EXISTS (SELECT FROM public.allergies a WHERE a.patient_id = p.id) AS allergic,
               EXISTS (SELECT FROM public.immunisations i WHERE i.patient_id = p.id) AS vaccinated
        FROM public.patients p
        WHERE p.died_on IS NULL
    ) living
    GROUP BY decade, sex;

DELETE FROM reporting.revenue_by_month;
INSERT INTO reporting.revenue_by_month
    SELECT pg_catalog.date_trunc('month', i.issued_on::timestamp)::date, COALESCE(s.name, 'Patient'),
           count(DISTINCT i.id), sum(l.quantity * l.unit_price),
           COALESCE(sum(l.quantity * l.unit_price) FILTER (WHERE i.status IN ('sent', 'overdue')), 0)
    FROM public.invoices i
    JOIN public.invoice_lines l ON l.invoice_id = i.id
    LEFT JOIN public.insurance_policies p ON p.id = i.policy_id
    LEFT JOIN public.insurers s ON s.id = p.insurer_id
    GROUP BY 1, 2;

REFRESH MATERIALIZED VIEW reporting.observation_summary;
REFRESH MATERIALIZED VIEW reporting.appointment_outcomes;
