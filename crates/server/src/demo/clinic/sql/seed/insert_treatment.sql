/* rolewright demo: insert treatment */
-- Prescriptions, allergies, immunisations, and the laboratory.
SET LOCAL TimeZone = 'UTC';

INSERT INTO public.prescriptions (id, encounter_id, medication_id, doses_per_day, starts_on, ends_on, instructions)
    SELECT g, e.id, 1 + LEAST(clinic_seed.pick(g, 111, 60), clinic_seed.pick(g, 112, 60)), 1 + clinic_seed.pick(g, 113, 4), e.started_at::date,
           e.started_at::date + 3 + clinic_seed.pick(g, 114, 60),
           CASE clinic_seed.pick(g, 115, 3) WHEN 0 THEN '{"with food"}'::text[] WHEN 1 THEN '{"at night","no alcohol"}'::text[] ELSE '{}'::text[] END
    FROM generate_series(1, 70000) g
    JOIN public.encounters e ON e.id = 1 + clinic_seed.pick(g, 116, 100000);

INSERT INTO public.allergies (id, patient_id, substance, severity, noted_on)
    SELECT g, p.id, (ARRAY['penicillin', 'nuts', 'latex', 'pollen', 'shellfish', 'eggs'])[1 + clinic_seed.pick(g, 121, 6)],
           (ARRAY['mild', 'mild', 'moderate', 'severe']::public.severity[])[1 + clinic_seed.pick(g, 122, 4)], p.registered_at::date
    FROM generate_series(1, 12000) g
    JOIN public.patients p ON p.id = 1 + clinic_seed.pick(g, 123, 50000);

INSERT INTO public.immunisations (id, patient_id, vaccine_id, dose, given_on, batch)
    SELECT row_number() OVER (ORDER BY p.id, v.id, d), p.id, v.id, d,
           LEAST(clinic_seed.today(), p.birth_date + v.id * 90 + d * 60), 'B' || pg_catalog.lpad(clinic_seed.pick(p.id, 131, 900)::text, 3, '0')
    FROM public.patients p
    JOIN public.vaccines v ON clinic_seed.pick(p.id * 8 + v.id, 132, 10) = 0,
         generate_series(1, v.doses) d
    WHERE clinic_seed.pick(p.id * 8 + v.id, 133, 4) < 5 - d;

INSERT INTO public.lab_orders (id, encounter_id, practitioner_id, panel, status, ordered_at)
    SELECT g, e.id, e.practitioner_id, (ARRAY['blood count', 'kidney', 'liver', 'lipids', 'thyroid'])[1 + clinic_seed.pick(g, 141, 5)],
           (CASE WHEN clinic_seed.pick(g, 142, 20) > 0 THEN 'reported' WHEN g % 2 = 0 THEN 'collected' ELSE 'ordered' END)::public.order_status,
           e.started_at + interval '15 minutes'
    FROM generate_series(1, 30000) g
    JOIN public.encounters e ON e.id = 1 + clinic_seed.pick(g, 143, 100000);

INSERT INTO public.lab_results (id, lab_order_id, analyte, value, unit, flags, reported_at)
    SELECT o.id * 3 - 3 + n, o.id, pg_catalog.format('%s %s', o.panel, n), 1 + clinic_seed.pick(o.id * 3 + n, 151, 20000) / 1000.0, 'mmol/l',
           CASE clinic_seed.pick(o.id * 3 + n, 152, 12) WHEN 0 THEN '["high"]'::jsonb WHEN 1 THEN '["low"]'::jsonb ELSE '[]'::jsonb END,
           o.ordered_at + (1 + clinic_seed.pick(o.id, 153, 24)) * interval '1 hour'
    FROM public.lab_orders o, generate_series(1, 3) n
    WHERE o.status = 'reported';
