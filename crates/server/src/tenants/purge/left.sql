/* rolewright: tenant purge */
-- What is left in the schema $1, in the order in which it is dropped: what hangs on something before that, so that no CASCADE has to drop
-- a great deal at once. Views come before tables, those before sequences, routines and types, and the newest first. Where something is
-- older than what it hangs on (a child that got a parent, a table that got a foreign key, a view that was replaced), that waits, `held`,
-- and so does what it hangs on in turn. What belongs to a type goes with it, as the constructors of a range do.
WITH RECURSIVE home AS MATERIALIZED (
    SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1
), mine AS MATERIALIZED (
    SELECT c.oid, c.relkind FROM pg_catalog.pg_class c
    WHERE c.relnamespace = (SELECT home.oid FROM home) AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c')
), edge (above, below) AS MATERIALIZED (
    SELECT h.inhrelid, h.inhparent FROM mine m JOIN pg_catalog.pg_inherits h ON h.inhrelid = m.oid
    UNION ALL
    SELECT k.conrelid, k.confrelid FROM mine m JOIN pg_catalog.pg_constraint k ON k.conrelid = m.oid
    WHERE k.contype = 'f' AND k.confrelid <> k.conrelid
    UNION ALL
    SELECT w.ev_class, d.refobjid FROM mine m JOIN pg_catalog.pg_rewrite w ON w.ev_class = m.oid
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
    WHERE m.relkind IN ('v', 'm') AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> w.ev_class
), held (oid) AS (
    SELECT e.below FROM edge e WHERE e.above < e.below
    UNION
    SELECT e.below FROM held h JOIN edge e ON e.above = h.oid
), next AS MATERIALIZED (
    SELECT CASE WHEN m.relkind IN ('v', 'm') THEN 0 WHEN m.relkind = 'S' THEN 2 ELSE 1 END AS turn, h.oid IS NOT NULL AS held, m.oid
    FROM mine m LEFT JOIN held h ON h.oid = m.oid WHERE m.relkind <> 'c'
    UNION ALL
    SELECT 3, false, p.oid FROM pg_catalog.pg_proc p
    WHERE p.pronamespace = (SELECT home.oid FROM home) AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype IN ('i', 'e'))
    UNION ALL
    SELECT 4, false, t.oid FROM pg_catalog.pg_type t
    WHERE t.typnamespace = (SELECT home.oid FROM home) AND (t.typtype IN ('d', 'e', 'r')
       OR t.typtype = 'c' AND t.typrelid IN (SELECT m.oid FROM mine m WHERE m.relkind = 'c'))
    ORDER BY turn, held, oid DESC LIMIT $2
)
-- Of a procedure its OUT parameters tell it apart, of all others what they are called with.
SELECT CASE
        WHEN c.oid IS NOT NULL THEN pg_catalog.format('%s %I.%I', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
            WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, $1, c.relname)
        WHEN p.prokind = 'p' THEN pg_catalog.format('PROCEDURE %I.%I(%s)', $1, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid))
        WHEN p.prokind = 'a' AND p.pronargs = 0 THEN pg_catalog.format('AGGREGATE %I.%I(*)', $1, p.proname)
        WHEN p.oid IS NOT NULL THEN pg_catalog.format('%s %s', CASE p.prokind WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END, p.oid::pg_catalog.regprocedure)
        ELSE pg_catalog.format('TYPE %I.%I', $1, t.typname) END AS object,
    next.held, next.oid::text AS oid, c.oid IS NOT NULL AS relation,
    c.relkind IN ('r', 'p') AND pg_catalog.has_table_privilege(c.oid, 'TRUNCATE') IS TRUE AS lockable
FROM next
LEFT JOIN pg_catalog.pg_class c ON next.turn < 3 AND c.oid = next.oid
LEFT JOIN pg_catalog.pg_proc p ON next.turn = 3 AND p.oid = next.oid
LEFT JOIN pg_catalog.pg_type t ON next.turn = 4 AND t.oid = next.oid
ORDER BY next.turn, next.held, next.oid DESC
