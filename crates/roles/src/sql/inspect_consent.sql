/* rolewright: inspect consent */
-- What the catalogs say of the tables of records with their partitions and children, of what else shows the same rows, and of who is not
-- bound by policies.
WITH RECURSIVE tree AS (
    SELECT c.oid, c.oid AS top FROM ROWS FROM (pg_catalog.unnest(:schemas), pg_catalog.unnest(:names)) a (schema, name)
    JOIN pg_catalog.pg_namespace n ON n.nspname = a.schema JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = a.name
    UNION
    SELECT i.inhrelid, t.top FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid
), covered AS MATERIALIZED (
    SELECT DISTINCT t.oid FROM tree t
), over AS (
    -- Views, over views, with the tables that they end at.
    SELECT r.ev_class AS oid, d.refobjid AS base FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
    WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.refobjid IN (SELECT c.oid FROM covered c) AND r.ev_class <> d.refobjid
    UNION
    SELECT r.ev_class, o.base FROM over o
    JOIN pg_catalog.pg_depend d ON d.refobjid = o.oid AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
     AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid AND r.ev_class <> o.oid
), carrier AS (
    SELECT k.conrelid AS oid, k.conkey[1] AS attnum, k.confrelid AS refers FROM pg_catalog.pg_constraint k
    WHERE k.contype = 'f' AND k.confrelid IN (SELECT c.oid FROM covered c) AND pg_catalog.cardinality(k.conkey) = 1
    UNION
    SELECT a.attrelid, a.attnum, NULL FROM pg_catalog.pg_attribute a
    WHERE a.attname = ANY ((:carried)::pg_catalog.name[]) AND a.attnum > 0 AND NOT a.attisdropped
), spoken AS (
    -- The roles that something was said for, by the index alone.
    SELECT (SELECT pg_catalog.min(t.role) FROM rolewright_consent.term t WHERE t.role IS NOT NULL) AS role
    UNION ALL
    SELECT (SELECT pg_catalog.min(t.role) FROM rolewright_consent.term t WHERE t.role > s.role) FROM spoken s WHERE s.role IS NOT NULL
), opens AS (
    SELECT f.proacl, f.proowner FROM pg_catalog.pg_proc f JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace
    WHERE n.nspname = 'rolewright_break_glass' AND f.proname = 'open'
)
SELECT pg_catalog.json_build_object(
    'recovery', pg_catalog.pg_is_in_recovery(),
    'tables', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'schema', n.nspname, 'name', c.relname, 'sql', pg_catalog.format('%I.%I', n.nspname, c.relname), 'kind', c.relkind,
        'owner', pg_catalog.pg_get_userbyid(c.relowner), 'ours', pg_catalog.pg_has_role(c.relowner, 'USAGE'),
        'enabled', c.relrowsecurity, 'forced', c.relforcerowsecurity,
        'tops', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(m.nspname, b.relname) ORDER BY m.nspname, b.relname)
                 FROM tree t JOIN pg_catalog.pg_class b ON b.oid = t.top JOIN pg_catalog.pg_namespace m ON m.oid = b.relnamespace
                 WHERE t.oid = c.oid),
        'columns', coalesce((SELECT pg_catalog.json_object_agg(a.attname, pg_catalog.json_build_object(
            'type', pg_catalog.format_type(a.atttypid, NULL),
            'deterministic', coalesce((SELECT l.collisdeterministic FROM pg_catalog.pg_collation l WHERE l.oid = a.attcollation), true),
            'unique', EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid
                              AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum AND i.indpred IS NULL)))
            FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '{}'),
        'policies', coalesce((SELECT pg_catalog.json_object_agg(p.polname, pg_catalog.json_build_object(
            'permissive', p.polpermissive, 'comment', pg_catalog.obj_description(p.oid, 'pg_policy'), 'kept', KEPT))
            FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid), '{}')
    ) ORDER BY n.nspname, c.relname) FROM covered x JOIN pg_catalog.pg_class c ON c.oid = x.oid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace), '[]'),
    'kinds', coalesce((SELECT pg_catalog.json_object_agg(k.name, pg_catalog.json_build_object('key_type', k.key_type, 'by_default', k.by_default)) FROM rolewright_consent.kind k), '{}'),
    'openers', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_array(o.kind, o.role)) FROM rolewright_consent.opener o), '[]'),
    'callers', coalesce((SELECT pg_catalog.json_agg(CASE a.grantee WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(a.grantee) END)
        FROM opens f CROSS JOIN LATERAL pg_catalog.aclexplode(f.proacl) a WHERE a.grantee <> f.proowner), '[]'),
    'visitors', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_array(n.nspname,
            CASE a.grantee WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(a.grantee) END))
        FROM pg_catalog.pg_namespace n CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) a
        WHERE n.nspname IN ('rolewright_consent', 'rolewright_break_glass') AND a.grantee <> n.nspowner), '[]'),
    'readable', pg_catalog.has_column_privilege('public', 'rolewright_consent.term', 'record', 'SELECT') AND pg_catalog.has_column_privilege('public', 'rolewright_consent.opening', 'record', 'SELECT'),
    'present', coalesce((SELECT pg_catalog.json_agg(r.rolname) FROM pg_catalog.pg_roles r
        WHERE r.rolname = ANY ((:openers)::pg_catalog.name[])), '[]'),
    'carriers', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'schema', n.nspname, 'name', c.relname, 'column', a.attname, 'type', pg_catalog.format_type(a.atttypid, NULL),
        'refers', CASE WHEN b.oid IS NOT NULL THEN pg_catalog.json_build_array(m.nspname, b.relname) END
    ) ORDER BY n.nspname, c.relname, a.attname) FROM carrier k
      JOIN pg_catalog.pg_class c ON c.oid = k.oid AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^(pg_|rolewright)' AND n.nspname <> 'information_schema'
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
      LEFT JOIN pg_catalog.pg_class b ON b.oid = k.refers LEFT JOIN pg_catalog.pg_namespace m ON m.oid = b.relnamespace
      WHERE c.oid NOT IN (SELECT x.oid FROM covered x)), '[]'),
    'views', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'schema', v.nspname, 'name', v.relname, 'materialized', v.relkind = 'm', 'owner', v.owner, 'bypasses', v.bypasses, 'over', v.over
    ) ORDER BY v.nspname, v.relname) FROM (
        SELECT n.nspname, c.relname, c.relkind, w.rolname AS owner,
               (w.rolsuper OR w.rolbypassrls) AND NOT coalesce(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on'], false) AS bypasses,
               (SELECT pg_catalog.json_agg(DISTINCT pg_catalog.jsonb_build_array(m.nspname, b.relname)) FROM over o
                JOIN pg_catalog.pg_class b ON b.oid = o.base JOIN pg_catalog.pg_namespace m ON m.oid = b.relnamespace WHERE o.oid = c.oid) AS over
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_roles w ON w.oid = c.relowner
        WHERE c.relkind IN ('v', 'm') AND c.oid IN (SELECT o.oid FROM over o)) v), '[]'),
    'unbound', coalesce((SELECT pg_catalog.json_agg(r.rolname ORDER BY r.rolname) FROM pg_catalog.pg_roles r
        WHERE r.rolbypassrls AND NOT r.rolsuper), '[]'),
    'nobody', coalesce((SELECT pg_catalog.json_agg(s.role ORDER BY s.role) FROM spoken s
        WHERE s.role IS NOT NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = s.role)), '[]'),
    'left', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'policy', p.polname, 'table', pg_catalog.format('%I.%I', n.nspname, c.relname)) ORDER BY n.nspname, c.relname, p.polname)
        FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE p.polname ~ '^rolewright_consent_' AND (c.oid NOT IN (SELECT x.oid FROM covered x) OR p.polname <> ALL ((:policies)::pg_catalog.name[]))), '[]')
)::pg_catalog.text
