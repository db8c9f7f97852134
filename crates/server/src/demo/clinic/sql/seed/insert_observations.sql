/* rolewright demo: insert observations */
-- 500,000 readings, five to an encounter; the sum of two hashes makes most of them normal and some not.
SET LOCAL TimeZone = 'UTC';

INSERT INTO public.observations (id, encounter_id, patient_id, type_id, value, observed_at, device)
    SELECT g, e.id, e.patient_id, t.id,
           round(t.normal_low + (t.normal_high - t.normal_low) * (h - 285) / 1430.0, 1),
           e.started_at + ((g % 5) * 2) * interval '1 minute',
           CASE WHEN g % 50 = 0 THEN '{"maker": "Hillcrest", "model": "M2"}'::jsonb END
    FROM public.encounters e, generate_series(e.id * 5 - 4, e.id * 5) g,
         LATERAL (SELECT clinic_seed.pick(g, 101, 1000) + clinic_seed.pick(g, 102, 1000) AS h) drawn
    JOIN public.observation_types t ON true
    WHERE t.id = 1 + clinic_seed.pick(g, 103, 10);
