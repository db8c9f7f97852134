/* rolewright demo: insert staff */
-- Practitioners, their logins, and what belongs to logins. The "hashes", tokens and keys are made up and open nothing.
SET LOCAL TimeZone = 'UTC';

INSERT INTO public.practitioners (id, department_id, given_name, family_name, profession, languages, hired_on)
    SELECT g, 1 + clinic_seed.pick(g, 21, 12),
           (ARRAY['Avelle', 'Borin', 'Cessa', 'Dorval', 'Elowyn', 'Farrick', 'Gisla', 'Hestor', 'Ilvane', 'Jorund',
                  'Kestra', 'Lorcan', 'Mirelle', 'Nevin', 'Orsina', 'Pellam'])[1 + clinic_seed.pick(g, 22, 16)],
           (ARRAY['Ashgrove', 'Brackwater', 'Coldbrook', 'Dunmarsh', 'Eastwold', 'Fennimoor', 'Greyhollow', 'Harrowgate',
                  'Inglebeck', 'Kettlewick'])[1 + clinic_seed.pick(g, 23, 10)],
           ('{physician,nurse,nurse,nurse,midwife,pharmacist,therapist,clerk}'::public.profession[])[1 + clinic_seed.pick(g, 24, 8)],
           CASE clinic_seed.pick(g, 25, 3) WHEN 0 THEN ARRAY['en'] WHEN 1 THEN ARRAY['en', 'fr'] ELSE ARRAY['en', 'sm'] END,
           clinic_seed.today() - clinic_seed.pick(g, 26, 9000)
    FROM generate_series(1, 400) g;

INSERT INTO public.users (id, practitioner_id, email, display_name, password, last_login_at)
    SELECT p.id, p.id, pg_catalog.format('%s.%s.%s@clinic.example', pg_catalog.lower(p.given_name),
                                         pg_catalog.lower(p.family_name), p.id),
           pg_catalog.format('%s %s', p.given_name, p.family_name),
           '$demo$' || pg_catalog.md5('password ' || p.id), clinic_seed.today() - clinic_seed.pick(p.id, 31, 60000) * interval '1 minute'
    FROM public.practitioners p;

INSERT INTO public.user_tokens (id, user_id, token, purpose, expires_at)
    SELECT g, 1 + clinic_seed.pick(g, 32, 400), pg_catalog.md5('user token ' || g),
           (ARRAY['reset', 'invite', 'confirm'])[1 + clinic_seed.pick(g, 33, 3)], clinic_seed.today() + clinic_seed.pick(g, 34, 30) * interval '1 day'
    FROM generate_series(1, 800) g;

INSERT INTO public.session_tokens (id, user_id, token, address, created_at)
    SELECT g, 1 + clinic_seed.pick(g, 35, 400), pg_catalog.md5('session token ' || g),
           '192.0.2.0'::inet + clinic_seed.pick(g, 36, 256), clinic_seed.today() - clinic_seed.pick(g, 37, 1440) * interval '1 minute'
    FROM generate_series(1, 500) g;

INSERT INTO public.api_secrets (id, name, secret, rotated_on)
    SELECT n, name, pg_catalog.decode(pg_catalog.md5('api secret ' || name), 'hex'), clinic_seed.today() - 10 * n::integer
    FROM unnest(ARRAY['laboratory', 'imaging', 'pharmacy', 'insurer-hub', 'text-messages', 'mail'])
         WITH ORDINALITY AS t (name, n);
