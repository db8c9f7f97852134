/* rolewright: tenant purge */
-- What was given to the roles $1 of the tenant $2 on what is somebody else's, as the statements that take it away, and who may run each:
-- the object's owner. As long as any is there, the server does not drop the role. What is the tenant's, or in its schema, goes before, and
-- that a policy names the role does not keep it: DROP OWNED takes that away.
SELECT DISTINCT me.rolname::text AS role, CASE
    WHEN s.dbid <> 0 AND s.dbid <> here.oid THEN pg_catalog.format('/* in database %I, after a look at what the role owns there, which this drops */ DROP OWNED BY %I', (SELECT b.datname FROM pg_catalog.pg_database b WHERE b.oid = s.dbid), me.rolname)
    WHEN s.deptype = 'a' AND c.oid IS NOT NULL THEN pg_catalog.format('REVOKE ALL ON %s %I.%I FROM %I CASCADE',
        CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, cn.nspname, c.relname, me.rolname)
    WHEN s.deptype = 'a' AND p.prokind = 'p' THEN pg_catalog.format('REVOKE ALL ON PROCEDURE %I.%I(%s) FROM %I CASCADE',
        pn.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid), me.rolname)
    WHEN s.deptype = 'a' AND p.oid IS NOT NULL THEN pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM %I CASCADE', p.oid::pg_catalog.regprocedure, me.rolname)
    WHEN s.deptype = 'a' AND n.oid IS NOT NULL THEN pg_catalog.format('REVOKE ALL ON SCHEMA %I FROM %I CASCADE', n.nspname, me.rolname)
    WHEN s.deptype = 'a' AND t.oid IS NOT NULL THEN pg_catalog.format('REVOKE ALL ON TYPE %s FROM %I CASCADE', pg_catalog.format_type(t.oid, NULL), me.rolname)
    WHEN s.deptype = 'a' AND l.oid IS NOT NULL THEN pg_catalog.format('REVOKE ALL ON LARGE OBJECT %s FROM %I CASCADE', l.oid, me.rolname)
    WHEN s.deptype = 'a' AND d.oid IS NOT NULL THEN pg_catalog.format('REVOKE ALL ON DATABASE %I FROM %I CASCADE', d.datname, me.rolname)
    WHEN s.deptype = 'a' AND a.oid IS NOT NULL THEN pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE ALL ON %s FROM %I CASCADE', ar.rolname,
        coalesce((SELECT pg_catalog.format(' IN SCHEMA %I', an.nspname) FROM pg_catalog.pg_namespace an WHERE an.oid = a.defaclnamespace), ''),
        CASE a.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES' WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS' END, me.rolname)
    ELSE pg_catalog.format('/* %s */ DROP OWNED BY %I', pg_catalog.pg_describe_object(s.classid, s.objid, s.objsubid), me.rolname)
    END AS statement,
    coalesce((SELECT o.rolname FROM pg_catalog.pg_roles o
        WHERE o.oid = coalesce(c.relowner, p.proowner, n.nspowner, t.typowner, l.lomowner, d.datdba, a.defaclrole) AND (s.dbid = 0 OR s.dbid = here.oid)), '')::text AS owner
FROM pg_catalog.pg_roles me
JOIN pg_catalog.pg_shdepend s ON s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = me.oid
CROSS JOIN (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database()) AS here
LEFT JOIN pg_catalog.pg_class c ON s.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = s.objid AND s.dbid = here.oid
LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_proc p ON s.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = s.objid AND s.dbid = here.oid
LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_namespace n ON s.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND n.oid = s.objid AND s.dbid = here.oid
LEFT JOIN pg_catalog.pg_type t ON s.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = s.objid AND s.dbid = here.oid
LEFT JOIN pg_catalog.pg_largeobject_metadata l ON s.classid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass AND l.oid = s.objid AND s.dbid = here.oid
LEFT JOIN pg_catalog.pg_default_acl a ON s.classid = 'pg_catalog.pg_default_acl'::pg_catalog.regclass AND a.oid = s.objid AND s.dbid = here.oid
LEFT JOIN pg_catalog.pg_roles ar ON ar.oid = a.defaclrole
LEFT JOIN pg_catalog.pg_database d ON s.classid = 'pg_catalog.pg_database'::pg_catalog.regclass AND d.oid = s.objid AND s.dbid = 0
LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
WHERE me.rolname = ANY ($1) AND (s.deptype = 'a' OR s.dbid <> here.oid)
  AND coalesce(cn.nspname, pn.nspname, n.nspname, tn.nspname, '') <> $2
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles o WHERE o.rolname IN ($2, me.rolname)
      AND o.oid = coalesce(c.relowner, p.proowner, n.nspowner, t.typowner, l.lomowner, a.defaclrole))
ORDER BY role, statement
