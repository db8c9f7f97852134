/* rolewright demo: analyze tables */
-- Fresh statistics, so that the first report is planned like every later one. Only the clinic's own tables: a bare ANALYZE
-- would warn about every catalog.
DO $$
DECLARE
    relation pg_catalog.regclass;
BEGIN
    FOR relation IN
        SELECT oid FROM pg_catalog.pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::pg_catalog.regnamespace
          AND relowner = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER)
    LOOP
        EXECUTE pg_catalog.format('ANALYZE %s', relation);
    END LOOP;
END
$$;
