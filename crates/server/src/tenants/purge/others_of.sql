/* rolewright: tenant purge */
-- What is somebody else's and hangs on these relations ($2) of the tenant $1 directly. What hangs on them by way of something that is the
-- tenant's is found with that: others.sql looks at everything, and takes as long as there is much of it. A partition depends on its
-- table as an index does, and is told by its schema and owner.
WITH me AS MATERIALIZED (
    SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = $1
), home AS MATERIALIZED (
    SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1
), part AS MATERIALIZED (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS classid, c.oid AS objid
    FROM pg_catalog.pg_class c WHERE c.oid = ANY ($2::text::pg_catalog.oid[])
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_type r ON r.oid = c.reltype
    JOIN pg_catalog.pg_type t ON t.oid IN (r.oid, r.typarray)
    WHERE c.oid = ANY ($2::text::pg_catalog.oid[])
), needs AS MATERIALIZED (
    SELECT DISTINCT d.classid, d.objid, d.objsubid FROM part p
    JOIN pg_catalog.pg_depend d ON d.refclassid = p.classid AND d.refobjid = p.objid
    WHERE d.deptype = 'n' OR d.deptype = 'a' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
)
SELECT pg_catalog.pg_describe_object(n.classid, n.objid, n.objsubid) AS object
FROM needs n
LEFT JOIN pg_catalog.pg_rewrite w ON n.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND w.oid = n.objid
LEFT JOIN pg_catalog.pg_attrdef a ON n.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND a.oid = n.objid
LEFT JOIN pg_catalog.pg_trigger t ON n.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND t.oid = n.objid
LEFT JOIN pg_catalog.pg_policy y ON n.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND y.oid = n.objid
LEFT JOIN pg_catalog.pg_constraint k ON n.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.oid = n.objid AND k.conrelid <> 0
LEFT JOIN pg_catalog.pg_class c ON c.oid = coalesce(w.ev_class, a.adrelid, t.tgrelid, y.polrelid, k.conrelid,
    CASE n.classid WHEN 'pg_catalog.pg_class'::pg_catalog.regclass THEN n.objid END)
LEFT JOIN LATERAL pg_catalog.pg_identify_object(n.classid, n.objid, 0) who ON c.oid IS NULL
WHERE CASE WHEN c.oid IS NOT NULL
    THEN c.relnamespace <> (SELECT home.oid FROM home) AND c.relowner <> (SELECT me.oid FROM me)
    ELSE who.schema <> $1 AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_shdepend s WHERE s.classid = n.classid AND s.objid = n.objid AND s.deptype = 'o'
          AND s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = (SELECT me.oid FROM me)
          AND s.dbid = (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database())) END
ORDER BY object
