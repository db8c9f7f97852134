-- A runner for one role: an owner that holds what the role holds, a function of its own, and a login that may call it.
CREATE SCHEMA IF NOT EXISTS rolewright_runner;
CREATE ROLE {owner} NOLOGIN;
CREATE ROLE {caller} LOGIN PASSWORD '{password}';
DO $$
DECLARE statement text;
BEGIN
    FOR statement IN
        SELECT format('GRANT %s ON %s TO {owner}', a.privilege_type, c.oid::regclass)
        FROM pg_class c, aclexplode(c.relacl) a WHERE a.grantee = '{role}'::regrole
        UNION ALL
        SELECT format('GRANT %s (%I) ON %s TO {owner}', a.privilege_type, t.attname, t.attrelid::regclass)
        FROM pg_attribute t, aclexplode(t.attacl) a WHERE a.grantee = '{role}'::regrole
        UNION ALL
        SELECT format('GRANT %s ON SCHEMA %I TO {owner}', a.privilege_type, n.nspname)
        FROM pg_namespace n, aclexplode(n.nspacl) a WHERE a.grantee = '{role}'::regrole
        UNION ALL
        SELECT format('GRANT EXECUTE ON FUNCTION %s TO {owner}', p.oid::regprocedure)
        FROM pg_proc p, aclexplode(p.proacl) a WHERE a.grantee = '{role}'::regrole
    LOOP
        EXECUTE statement;
    END LOOP;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO {caller}', current_database());
END $$;
CREATE FUNCTION rolewright_runner.{role}(query text) RETURNS SETOF text
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = {path}, pg_temp AS
$$ DECLARE line record; BEGIN FOR line IN EXECUTE query LOOP RETURN NEXT pg_catalog.row_to_json(line); END LOOP; END $$;
ALTER FUNCTION rolewright_runner.{role}(text) OWNER TO {owner};
REVOKE ALL ON FUNCTION rolewright_runner.{role}(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rolewright_runner.{role}(text) TO {caller};
GRANT USAGE ON SCHEMA rolewright_runner TO {caller};
