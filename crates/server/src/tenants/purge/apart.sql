/* rolewright: tenant purge */
-- What would go with something else of the schema $1, and can go by itself, as the statements that drop it: parts of its tables, and what
-- nothing hangs on. It is asked for where so much of it hangs on one thing that the server has no room for as many locks.
WITH home AS MATERIALIZED (
    SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1
), me AS MATERIALIZED (
    SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = $1
), mine AS MATERIALIZED (
    SELECT c.oid, c.relkind, pg_catalog.format('%I.%I', $1, c.relname) AS name FROM pg_catalog.pg_class c
    WHERE c.relnamespace = (SELECT home.oid FROM home) AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
), parent AS MATERIALIZED (
    SELECT DISTINCT h.inhparent AS oid FROM mine m JOIN pg_catalog.pg_inherits h ON h.inhparent = m.oid
), part AS (
    SELECT pg_catalog.format('DROP POLICY IF EXISTS %I ON %s', p.polname, m.name) AS statement
    FROM mine m JOIN pg_catalog.pg_policy p ON p.polrelid = m.oid
    UNION ALL
    SELECT pg_catalog.format('DROP RULE IF EXISTS %I ON %s', w.rulename, m.name)
    FROM mine m JOIN pg_catalog.pg_rewrite w ON w.ev_class = m.oid WHERE w.rulename <> '_RETURN'
    UNION ALL
    SELECT pg_catalog.format('DROP TRIGGER IF EXISTS %I ON %s', t.tgname, m.name)
    FROM mine m JOIN pg_catalog.pg_trigger t ON t.tgrelid = m.oid
    WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND m.oid NOT IN (SELECT parent.oid FROM parent)
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass
                      AND d.objid = t.oid AND d.deptype = 'i')
    UNION ALL
    SELECT pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', m.name, k.conname)
    FROM mine m JOIN pg_catalog.pg_constraint k ON k.conrelid = m.oid
    WHERE k.contype = 'c' AND k.conislocal AND k.coninhcount = 0 AND m.oid NOT IN (SELECT parent.oid FROM parent)
    UNION ALL
    -- A partition's is its parent's.
    SELECT pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', m.name, k.conname)
    FROM mine m JOIN pg_catalog.pg_constraint k ON k.conrelid = m.oid
    WHERE k.contype = 'f' AND k.conparentid = 0
    UNION ALL
    SELECT pg_catalog.format('ALTER DOMAIN %I.%I DROP CONSTRAINT IF EXISTS %I', $1, t.typname, k.conname)
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_constraint k ON k.contypid = t.oid
    WHERE t.typnamespace = (SELECT home.oid FROM home) AND t.typowner = (SELECT me.oid FROM me) AND k.contype = 'c'
    UNION ALL
    SELECT pg_catalog.format('DROP INDEX IF EXISTS %I.%I', $1, x.relname)
    FROM mine m JOIN pg_catalog.pg_index i ON i.indrelid = m.oid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    WHERE NOT x.relispartition AND m.oid NOT IN (SELECT parent.oid FROM parent) AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = x.oid AND d.deptype = 'i')
      AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = x.oid)
    UNION ALL
    SELECT pg_catalog.format('DROP STATISTICS IF EXISTS %I.%I', n.nspname, s.stxname)
    FROM mine m JOIN pg_catalog.pg_statistic_ext s ON s.stxrelid = m.oid JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
    UNION ALL
    SELECT CASE p.prokind
        WHEN 'p' THEN pg_catalog.format('DROP PROCEDURE IF EXISTS %I.%I(%s)', $1, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid))
        ELSE pg_catalog.format('DROP FUNCTION IF EXISTS %s', p.oid::pg_catalog.regprocedure) END
    FROM pg_catalog.pg_proc p
    WHERE p.pronamespace = (SELECT home.oid FROM home) AND p.proowner = (SELECT me.oid FROM me) AND p.prokind IN ('f', 'w', 'p')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype IN ('i', 'e'))
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.refobjid = p.oid)
    UNION ALL
    SELECT pg_catalog.format('DROP %s IF EXISTS %s', pg_catalog.upper(o.type), o.identity)
    FROM home JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = home.oid
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, 0) o
    WHERE d.deptype = 'n' AND d.classid IN ('pg_catalog.pg_collation'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass,
        'pg_catalog.pg_conversion'::pg_catalog.regclass, 'pg_catalog.pg_ts_config'::pg_catalog.regclass, 'pg_catalog.pg_ts_dict'::pg_catalog.regclass)
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend u WHERE u.refclassid = d.classid AND u.refobjid = d.objid)
      AND EXISTS (SELECT FROM pg_catalog.pg_shdepend s WHERE s.classid = d.classid AND s.objid = d.objid AND s.deptype = 'o'
        AND s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = (SELECT me.oid FROM me)
        AND s.dbid = (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database()))
)
SELECT part.statement FROM part LIMIT $2
