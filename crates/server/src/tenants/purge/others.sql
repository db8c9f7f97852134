/* rolewright: tenant purge */
-- What is somebody else's and hangs on what the tenant $1 has, so that dropping that with CASCADE would drop it too; and what another
-- tenant made in this one's schema. All that is in the schema, or the tenant's, and its parts, is `inside`; whatever needs a part of
-- it and is not inside itself is somebody else's. What hangs on that in turn need not be found: it goes when that goes. A partition is
-- a part of its table, and yet whoever's it is, where that is not the tenant and it is elsewhere. A cast and a transform have no owner:
-- they are of the type that they are for. An extension is never a tenant's: nothing of one is dropped, even where it was put into the
-- tenant's schema.
WITH RECURSIVE me AS MATERIALIZED (
    SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = $1
), home AS MATERIALIZED (
    SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1
), root AS MATERIALIZED (
    SELECT d.classid, d.objid FROM home JOIN pg_catalog.pg_depend d
        ON d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = home.oid
    UNION
    SELECT s.classid, s.objid FROM me JOIN pg_catalog.pg_shdepend s
        ON s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = me.oid
    WHERE s.deptype = 'o' AND s.dbid = (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database())
), inside (classid, objid) AS (
    SELECT root.classid, root.objid FROM root
    UNION
    SELECT d.classid, d.objid FROM inside i JOIN pg_catalog.pg_depend d ON d.refclassid = i.classid AND d.refobjid = i.objid
    WHERE d.deptype IN ('i', 'a', 'P', 'S') AND NOT EXISTS (
              SELECT FROM pg_catalog.pg_class c WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = d.objid
                AND c.relispartition AND c.relnamespace IS DISTINCT FROM (SELECT home.oid FROM home)
                AND c.relowner IS DISTINCT FROM (SELECT me.oid FROM me))
       OR d.deptype = 'n' AND d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
          AND d.classid IN ('pg_catalog.pg_cast'::pg_catalog.regclass, 'pg_catalog.pg_transform'::pg_catalog.regclass)
), hanging AS MATERIALIZED (
    SELECT DISTINCT d.classid, d.objid, d.objsubid FROM inside i
    JOIN pg_catalog.pg_depend d ON d.refclassid = i.classid AND d.refobjid = i.objid
    LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = d.objid
    WHERE d.deptype = 'n' OR c.relispartition AND c.relkind IN ('r', 'p', 'f')
), outside AS MATERIALIZED (
    -- By a hash, whatever the planner takes the number of these for.
    SELECT h.classid, h.objid FROM hanging h EXCEPT SELECT i.classid, i.objid FROM inside i
), needs AS (
    SELECT h.classid, h.objid, h.objsubid FROM outside o JOIN hanging h ON h.classid = o.classid AND h.objid = o.objid
)
SELECT pg_catalog.pg_describe_object(n.classid, n.objid, n.objsubid) AS object FROM needs n
UNION
SELECT pg_catalog.pg_describe_object(e.classid, e.objid, 0)
FROM (SELECT root.classid, root.objid FROM root
      UNION
      SELECT d.refclassid, d.refobjid FROM root
      JOIN pg_catalog.pg_depend d ON d.classid = root.classid AND d.objid = root.objid AND d.deptype = 'e') e
WHERE e.classid = 'pg_catalog.pg_extension'::pg_catalog.regclass
UNION
SELECT pg_catalog.pg_describe_object(root.classid, root.objid, 0)
FROM root JOIN pg_catalog.pg_shdepend s ON s.classid = root.classid AND s.objid = root.objid AND s.deptype = 'o'
    AND s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
    AND s.dbid = (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database())
JOIN pg_catalog.pg_roles r ON r.oid = s.refobjid AND r.rolname <> $1
JOIN pg_catalog.pg_namespace n ON n.nspname = r.rolname AND n.nspowner = r.oid
ORDER BY object
