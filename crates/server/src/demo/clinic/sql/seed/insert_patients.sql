/* rolewright demo: insert patients */
-- 50,000 patients of invented names, and whom to call for them. All are born, and registered, before the first encounter,
-- so that no row contradicts another.
SET LOCAL TimeZone = 'UTC';

INSERT INTO public.patients (id, record_number, given_name, family_name, sex, birth_date, languages, address, registered_at)
    SELECT g, 'CL-' || pg_catalog.lpad(g::text, 7, '0'),
           (ARRAY['Alvena', 'Brisco', 'Caldra', 'Denzil', 'Emmory', 'Fenella', 'Garrow', 'Hollis', 'Isaura', 'Jessamy',
                  'Kerensa', 'Lyndon', 'Morwen', 'Niall', 'Ottoline', 'Perran', 'Quillon', 'Rosmer', 'Sabeth', 'Tamsin',
                  'Ulric', 'Verity', 'Wynne', 'Xanthe', 'Ysolde', 'Zebedy'])[1 + clinic_seed.pick(g, 41, 26)],
           (ARRAY['Thornwick', 'Mellowby', 'Oxenholt', 'Pebblemere', 'Quarrington', 'Ravenscote', 'Sedgeley', 'Tarnbrook',
                  'Underfell', 'Vinterly', 'Wexcombe', 'Yarrowdale', 'Zellweir', 'Applegarth', 'Birchenough', 'Cloverly',
                  'Drystone', 'Elderfield', 'Foxlease', 'Gorsedene'])[1 + clinic_seed.pick(g, 42, 20)],
           (CASE WHEN s < 495 THEN 'female' WHEN s < 985 THEN 'male' WHEN s < 995 THEN 'other' ELSE 'unknown' END)::public.sex,
           born,
           CASE clinic_seed.pick(g, 46, 4) WHEN 0 THEN '{en,fr}'::text[] WHEN 1 THEN '{sm}'::text[] ELSE '{en}'::text[] END,
           pg_catalog.jsonb_build_object('street', 1 + clinic_seed.pick(g, 47, 200) || ' Orchard Lane',
                                         'postcode', pg_catalog.lpad(clinic_seed.pick(g, 48, 10000)::text, 4, '0')),
           first_day + clinic_seed.pick(g, 49, 1440 * ('2023-01-01'::date - first_day)) * interval '1 minute'
    FROM generate_series(1, 50000) g,
         LATERAL (SELECT clinic_seed.pick(g, 43, 1000) AS s,
                         '2022-12-31'::date - LEAST(clinic_seed.pick(g, 50, 33000), clinic_seed.pick(g, 51, 35000)) AS born) drawn,
         LATERAL (SELECT GREATEST(born, '2015-01-01'::date) AS first_day) counted;

INSERT INTO public.patient_contacts (id, patient_id, relation, name, phone)
    SELECT p.id / 2, p.id,
           (ARRAY['parent', 'partner', 'child', 'friend', 'neighbour'])[1 + clinic_seed.pick(p.id, 52, 5)],
           (ARRAY['Aldous', 'Bryony', 'Corwin', 'Delphe', 'Evander', 'Fable'])[1 + clinic_seed.pick(p.id, 53, 6)] || ' ' || p.family_name,
           '555-01' || pg_catalog.lpad(clinic_seed.pick(p.id, 54, 100)::text, 2, '0')
    FROM public.patients p
    WHERE p.id % 2 = 0;
