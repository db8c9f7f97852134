/* rolewright: check */
-- Relations by their numbers ($1), with what the role ($2) may read of them by its own rights, their columns, how those are computed that
-- are generated, the rule of those that are made of others, and what they are partitions and children of, at any depth.
WITH RECURSIVE up AS (
    SELECT i.inhrelid AS child, i.inhparent AS parent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = ANY ($1)
    UNION
    SELECT u.child, i.inhparent FROM up u JOIN pg_catalog.pg_inherits i ON i.inhrelid = u.parent
), parent AS MATERIALIZED (
    SELECT p.oid, p.relrowsecurity AS secured,
           pg_catalog.json_build_object('schema', n.nspname, 'name', p.relname,
               'seen', pg_catalog.has_schema_privilege($2::name, n.oid, 'USAGE'),
               'columns', ARRAY(SELECT t.attname::text FROM pg_catalog.pg_attribute t
                                WHERE t.attrelid = p.oid AND t.attnum > 0 AND NOT t.attisdropped)) AS told
    FROM pg_catalog.pg_class p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.relnamespace
    WHERE p.oid = ANY (ARRAY(SELECT u.parent FROM up u))
), above AS MATERIALIZED (
    SELECT u.child, pg_catalog.json_object_agg(u.parent, p.told) AS parents, pg_catalog.bool_or(p.secured) AS secured
    FROM up u JOIN parent p ON p.oid = u.parent
    GROUP BY u.child
)
SELECT c.oid,
       n.nspname::text AS schema,
       c.relname::text AS name,
       pg_catalog.has_schema_privilege($2::name, n.oid, 'USAGE') AS seen,
       c.relkind::text AS kind,
       coalesce((SELECT pg_catalog.bool_or(o.option_value::boolean)
                 FROM pg_catalog.pg_options_to_table(c.reloptions) o
                 WHERE o.option_name = 'security_invoker'), false) AS invoker,
       coalesce((SELECT pg_catalog.bool_or(o.option_value::boolean)
                 FROM pg_catalog.pg_options_to_table(c.reloptions) o
                 WHERE o.option_name = 'security_barrier'), false) AS barrier,
       c.relrowsecurity AS secured,
       c.relowner AS owner,
       c.relforcerowsecurity AS forced,
       v.parents,
       NOT c.relrowsecurity AND coalesce(v.secured, false) AS bypasses,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid) AS indexes,
       CASE WHEN NOT w.whole THEN ARRAY(
            SELECT t.attnum FROM pg_catalog.pg_attribute t WHERE t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped
              AND pg_catalog.has_column_privilege($2::name, c.oid, t.attnum, 'SELECT')) ELSE '{}' END AS open,
       w.whole,
       a.numbers,
       a.names,
       g.made,
       g.trees,
       g.virtuals,
       CASE WHEN c.relrowsecurity THEN ARRAY(
            SELECT p.polqual::text FROM pg_catalog.pg_policy p
            WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*') AND p.polqual IS NOT NULL ORDER BY p.oid) ELSE '{}' END AS policies,
       CASE WHEN c.relrowsecurity THEN ARRAY(
            SELECT p.polroles = '{0}' OR EXISTS (SELECT FROM pg_catalog.unnest(p.polroles) AS r (oid)
                                                 WHERE r.oid = 0 OR pg_catalog.pg_has_role($2::name, r.oid, 'USAGE'))
            FROM pg_catalog.pg_policy p
            WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*') AND p.polqual IS NOT NULL ORDER BY p.oid) ELSE '{}' END AS applied,
       CASE WHEN c.relrowsecurity THEN ARRAY(
            SELECT p.polpermissive FROM pg_catalog.pg_policy p
            WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*') AND p.polqual IS NOT NULL ORDER BY p.oid) ELSE '{}' END AS permissive,
       CASE WHEN c.relkind IN ('v', 'm') THEN
            (SELECT r.ev_action::text FROM pg_catalog.pg_rewrite r
             WHERE r.ev_class = c.oid AND r.ev_type = '1') END AS body
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN above v ON v.child = c.oid
CROSS JOIN LATERAL (SELECT pg_catalog.has_table_privilege($2::name, c.oid, 'SELECT') AS whole) w
CROSS JOIN LATERAL (
    SELECT coalesce(pg_catalog.array_agg(t.attnum ORDER BY t.attnum), '{}') AS numbers,
           coalesce(pg_catalog.array_agg(t.attname::text ORDER BY t.attnum), '{}') AS names
    FROM pg_catalog.pg_attribute t
    WHERE t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped) a
CROSS JOIN LATERAL (
    SELECT coalesce(pg_catalog.array_agg(d.adnum ORDER BY d.adnum), '{}') AS made,
           coalesce(pg_catalog.array_agg(d.adbin::text ORDER BY d.adnum), '{}') AS trees,
           coalesce(pg_catalog.array_agg(t.attgenerated = 'v' ORDER BY d.adnum), '{}') AS virtuals
    FROM pg_catalog.pg_attrdef d
    JOIN pg_catalog.pg_attribute t ON t.attrelid = d.adrelid AND t.attnum = d.adnum
    WHERE d.adrelid = c.oid AND t.attgenerated <> '') g
WHERE c.oid = ANY ($1)
