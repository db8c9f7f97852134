/* rolewright demo: insert encounters */
-- Three years of encounters, in the order of time; every sixth or so needs a bed.
SET LOCAL TimeZone = 'UTC';

INSERT INTO public.encounters (id, patient_id, practitioner_id, ward_id, kind, started_at, ended_at)
    SELECT g, 1 + clinic_seed.pick(g, 61, 50000), 1 + clinic_seed.pick(g, 62, 400),
           1 + LEAST(clinic_seed.pick(g, 63, 24), clinic_seed.pick(g, 64, 30)),
           (CASE WHEN k < 16 THEN 'inpatient' WHEN k < 40 THEN 'emergency' WHEN k < 90 THEN 'outpatient' ELSE 'telephone' END)::public.encounter_kind,
           started, started + (10 + clinic_seed.pick(g, 66, 240)) * interval '1 minute'
    FROM generate_series(1, 100000) g,
         LATERAL (SELECT clinic_seed.pick(g, 65, 100) AS k,
                         '2023-01-01 00:00+00'::timestamptz + g * interval '945 seconds' AS started) drawn;

INSERT INTO public.admissions (id, encounter_id, bed_id, admitted_at, discharged_at, reason)
    SELECT row_number() OVER (ORDER BY e.id), e.id, (e.ward_id - 1) * 25 + 1 + clinic_seed.pick(e.id, 71, 25), e.ended_at,
           CASE WHEN e.ended_at + stay <= '2025-12-31 00:00+00'::timestamptz THEN e.ended_at + stay END,
           (ARRAY['observation', 'operation', 'infection', 'injury', 'birth', 'chest pain'])[1 + clinic_seed.pick(e.id, 72, 6)]
    FROM public.encounters e,
         LATERAL (SELECT (6 + clinic_seed.pick(e.id, 73, 120) + clinic_seed.pick(e.id, 74, 60 + 6 * e.ward_id)) * interval '1 hour' AS stay) drawn
    WHERE e.kind = 'inpatient';

INSERT INTO public.appointments (id, patient_id, practitioner_id, starts_at, status)
    SELECT g, 1 + clinic_seed.pick(g, 81, 50000), 1 + clinic_seed.pick(g, 82, 400),
           '2023-01-02 08:00+00'::timestamptz + (g * 1090 / 60000) * interval '1 day' + clinic_seed.pick(g, 83, 27) * interval '20 minutes',
           (CASE WHEN s < 80 + clinic_seed.pick(g, 85, 10) THEN 'kept' WHEN s < 94 THEN 'missed' ELSE 'cancelled' END)::public.appointment_status
    FROM generate_series(1, 60000) g, LATERAL (SELECT clinic_seed.pick(g, 84, 100) AS s) drawn;

INSERT INTO public.referrals (id, encounter_id, department_id, urgent, letter, sent_on)
    SELECT g, e.id, 1 + clinic_seed.pick(g, 91, 12), clinic_seed.pick(g, 92, 8) = 0, 'Please see and advise.', e.started_at::date + 1
    FROM generate_series(1, 10000) g
    JOIN public.encounters e ON e.id = g * 10;
