/* rolewright demo: set keys aside */
-- Takes away the foreign keys and the indexes of create_keys.sql, which follow a naming rule, while the rows are loaded.
-- Primary keys stay. Nothing goes unchecked: create_keys.sql, run again at the end, checks every row.
DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        SELECT pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::pg_catalog.regclass, conname)
        FROM pg_catalog.pg_constraint
        WHERE contype = 'f' AND connamespace = 'public'::pg_catalog.regnamespace AND conname LIKE '%\_fk'
    LOOP
        EXECUTE statement;
    END LOOP;
    FOR statement IN
        SELECT pg_catalog.format('DROP INDEX %s', i.indexrelid::pg_catalog.regclass)
        FROM pg_catalog.pg_index i
        JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
        WHERE c.relnamespace = 'public'::pg_catalog.regnamespace AND (c.relname LIKE '%\_idx' OR c.relname LIKE '%\_key')
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid)
    LOOP
        EXECUTE statement;
    END LOOP;
END
$$;
