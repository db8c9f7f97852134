/* rolewright demo: finish rows */
-- Some of the old have died, each after all that the other tables say of them; and the identity columns go on after the
-- loaded ids.
UPDATE public.patients p
    SET died_on = gone.after + 1 + clinic_seed.pick(p.id, 45, 60)
    FROM (
        SELECT p.id, GREATEST('2023-01-01'::date, max(GREATEST(e.ended_at, a.discharged_at) AT TIME ZONE 'UTC')::date,
                              (SELECT max(v.starts_at AT TIME ZONE 'UTC')::date FROM public.appointments v WHERE v.patient_id = p.id)) AS after,
               bool_or(a.id IS NOT NULL AND a.discharged_at IS NULL) AS in_bed
        FROM public.patients p
        LEFT JOIN public.encounters e ON e.patient_id = p.id
        LEFT JOIN public.admissions a ON a.encounter_id = e.id
        WHERE p.birth_date < '1971-01-01' AND clinic_seed.pick(p.id, 44, 25) = 0
        GROUP BY p.id
    ) gone
    WHERE gone.id = p.id AND gone.in_bed IS NOT TRUE
      AND gone.after + 1 + clinic_seed.pick(p.id, 45, 60) <= clinic_seed.today();

DO $$
DECLARE
    owned record;
BEGIN
    FOR owned IN
        SELECT a.attrelid::pg_catalog.regclass AS relation
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
        WHERE a.attidentity <> '' AND a.attname = 'id' AND c.relnamespace = 'public'::pg_catalog.regnamespace
          AND c.relowner = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER)
    LOOP
        EXECUTE pg_catalog.format('SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence(%L, %L), COALESCE(max(id), 0) + 1, false) FROM %s',
                                  owned.relation::text, 'id', owned.relation);
    END LOOP;
END
$$;
