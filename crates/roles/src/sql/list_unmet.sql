/* rolewright: list unmet */
-- Which of the names that the configuration spells out are not there, by their places in the lists. A name, or a column, that is not asked for is
-- the empty text; a "routine" is yes or no.
SELECT coalesce(pg_catalog.json_agg(a.place ORDER BY a.place), '[]')::pg_catalog.text
FROM ROWS FROM (pg_catalog.unnest(:schemas), pg_catalog.unnest(:names), pg_catalog.unnest(:columns), pg_catalog.unnest(:routines))
    WITH ORDINALITY a (schema, name, attribute, routine, place)
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = a.schema::pg_catalog.name AND CASE
        WHEN a.name = '' THEN true
        WHEN a.routine = 'yes' THEN EXISTS (
            SELECT FROM pg_catalog.pg_proc f WHERE f.pronamespace = n.oid AND f.proname = a.name::pg_catalog.name)
        ELSE EXISTS (
            SELECT FROM pg_catalog.pg_class c
            WHERE c.relnamespace = n.oid AND c.relname = a.name::pg_catalog.name AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
              AND (a.attribute = '' OR EXISTS (
                  SELECT FROM pg_catalog.pg_attribute t
                  WHERE t.attrelid = c.oid AND t.attname = a.attribute::pg_catalog.name AND NOT t.attisdropped)))
        END)
