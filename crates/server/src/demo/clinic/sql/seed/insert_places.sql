/* rolewright demo: insert places */
-- Departments, wards, beds, and the lists that everything else refers to.
INSERT INTO public.departments (id, name, opened_on)
    SELECT n, name, '1990-01-01'::date + 400 * n::integer
    FROM unnest(ARRAY['Medicine', 'Surgery', 'Children', 'Maternity', 'Emergency', 'Hearts', 'Bones', 'Eyes',
                      'Skin', 'Lungs', 'Nerves', 'Rehabilitation']) WITH ORDINALITY AS t (name, n);

INSERT INTO public.wards (id, department_id, name, floor, visiting_hours)
    SELECT n, 1 + (n - 1) / 2, name, (n - 1) / 4, ARRAY['10:00-12:00', '15:00-19:00']
    FROM unnest(ARRAY['Alder', 'Ash', 'Beech', 'Birch', 'Cedar', 'Cherry', 'Chestnut', 'Elder', 'Elm', 'Fir', 'Hawthorn',
                      'Hazel', 'Holly', 'Hornbeam', 'Juniper', 'Larch', 'Lime', 'Maple', 'Oak', 'Pine', 'Poplar',
                      'Rowan', 'Willow', 'Yew']) WITH ORDINALITY AS t (name, n);

INSERT INTO public.beds (id, ward_id, label, in_service)
    SELECT (w.id - 1) * 25 + b, w.id, pg_catalog.format('%s-%s', w.name, pg_catalog.lpad(b::text, 2, '0')),
           clinic_seed.pick((w.id - 1) * 25 + b, 1, 40) <> 0
    FROM public.wards w, generate_series(1, 25) b;

INSERT INTO public.observation_types (id, code, name, unit, normal_low, normal_high) VALUES
    (1, 'hr', 'Heart rate', '1/min', 60, 100),
    (2, 'sbp', 'Systolic pressure', 'mmHg', 100, 140),
    (3, 'dbp', 'Diastolic pressure', 'mmHg', 60, 90),
    (4, 'temp', 'Temperature', '°C', 36, 37.8),
    (5, 'spo2', 'Oxygen saturation', '%', 94, 99),
    (6, 'rr', 'Respiratory rate', '1/min', 12, 20),
    (7, 'glucose', 'Blood glucose', 'mmol/l', 4, 7.8),
    (8, 'weight', 'Weight', 'kg', 45, 95),
    (9, 'height', 'Height', 'cm', 150, 195),
    (10, 'pain', 'Pain score', '0-10', 1, 6);

INSERT INTO public.medications (id, name, form, strength_mg)
    SELECT n, stem || ending, (ARRAY['tablet', 'capsule', 'solution', 'injection'])[1 + clinic_seed.pick(n, 11, 4)],
           (ARRAY[5, 10, 20, 50, 100, 250, 500])[1 + clinic_seed.pick(n, 12, 7)]
    FROM (
        SELECT stem, ending, row_number() OVER (ORDER BY stem, ending) AS n
        FROM unnest(ARRAY['Abro', 'Belmi', 'Corva', 'Doxi', 'Ferlo', 'Galva', 'Hemo', 'Izo', 'Kelpa', 'Lumo']) stem,
             unnest(ARRAY['brine', 'dolan', 'fexin', 'lirone', 'mavir', 'tazole']) ending
    ) invented;

INSERT INTO public.vaccines (id, name, doses) VALUES
    (1, 'Measles-mumps-rubella', 2), (2, 'Tetanus', 3), (3, 'Polio', 3), (4, 'Hepatitis B', 3), (5, 'Influenza', 1),
    (6, 'Pneumococcus', 2), (7, 'Varicella', 2), (8, 'Rabies', 3);

INSERT INTO public.insurers (id, name)
    SELECT n, name
    FROM unnest(ARRAY['Amber Mutual', 'Brookside Health', 'Cobalt Care', 'Dovetail', 'Evergreen Fund', 'Fairweather'])
         WITH ORDINALITY AS t (name, n);
