/* rolewright demo: insert office */
-- Policies, invoices, and the audit trail.
SET LOCAL TimeZone = 'UTC';

INSERT INTO public.insurance_policies (id, patient_id, insurer_id, policy_number, valid)
    SELECT p.id, p.id, 1 + LEAST(clinic_seed.pick(p.id, 161, 6), clinic_seed.pick(p.id, 162, 8)), 'P' || pg_catalog.lpad(p.id::text, 8, '0'),
           daterange('2022-01-01', CASE WHEN clinic_seed.pick(p.id, 163, 5) = 0 THEN '2026-12-31'::date END)
    FROM public.patients p
    WHERE clinic_seed.pick(p.id, 164, 10) < 8;

INSERT INTO public.invoices (id, encounter_id, policy_id, status, issued_on, due_on)
    SELECT row_number() OVER (ORDER BY e.id), e.id, p.id,
           (CASE WHEN e.started_at > '2025-12-24 00:00+00' THEN 'draft'
                 WHEN s < 4 THEN 'overdue' WHEN s < 4 + 60 * (e.started_at > '2025-11-30 00:00+00')::integer THEN 'sent'
                 ELSE 'paid' END)::public.invoice_status,
           (e.started_at AT TIME ZONE 'UTC')::date + 7, (e.started_at AT TIME ZONE 'UTC')::date + 37
    FROM public.encounters e
    LEFT JOIN public.insurance_policies p ON p.patient_id = e.patient_id,
         LATERAL (SELECT clinic_seed.pick(e.id, 171, 100) AS s) drawn
    WHERE e.kind <> 'telephone' AND clinic_seed.pick(e.id, 172, 5) < 3;

INSERT INTO public.invoice_lines (id, invoice_id, position, description, quantity, unit_price)
    SELECT i.id * 2 - 2 + n, i.id, n, CASE n WHEN 1 THEN 'consultation' ELSE 'treatment' END, 1 + clinic_seed.pick(i.id * 2 + n, 181, 2 * n) / 2.0,
           40 * n + clinic_seed.pick(i.id * 2 + n, 182, 30000) / 100.0
    FROM public.invoices i, generate_series(1, 2) n;

INSERT INTO public.audit_events (id, user_id, patient_id, action, detail, happened_at)
    SELECT g, 1 + clinic_seed.pick(g, 191, 400), 1 + clinic_seed.pick(g, 192, 50000),
           (ARRAY['view', 'view', 'view', 'edit', 'print'])[1 + clinic_seed.pick(g, 193, 5)],
           pg_catalog.jsonb_build_object('screen', (ARRAY['chart', 'labs', 'billing'])[1 + clinic_seed.pick(g, 194, 3)]),
           '2025-06-01 00:00+00'::timestamptz + g * interval '6 minutes'
    FROM generate_series(1, 50000) g;
