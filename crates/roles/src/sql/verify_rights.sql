/* rolewright: verify */
-- Effective rights of the managed roles, as the server's own has_*_privilege functions see them: PUBLIC, memberships
-- and ownership included. Any right beyond SELECT on any relation, sequence or column outside the system schemas is
-- reported, with the ACL that explains it.
-- Values are named by a colon: the managed "roles", and whether "columns" matter.
WITH RECURSIVE managed AS MATERIALIZED (
    SELECT r.* FROM pg_catalog.pg_roles r WHERE r.rolname = ANY (:roles)
), db AS MATERIALIZED (
    SELECT d.oid, d.datname FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()
), word AS MATERIALIZED (
    SELECT w FROM pg_catalog.unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']
        || CASE WHEN pg_catalog.current_setting('server_version_num')::int >= 170000 THEN ARRAY['MAINTAIN']
                ELSE '{}' END) w
), words AS MATERIALIZED (
    SELECT pg_catalog.string_agg(w, ',') AS list FROM word
), membership AS (
    SELECT m.oid AS member, a.roleid AS role FROM managed m JOIN pg_catalog.pg_auth_members a ON a.member = m.oid
    UNION
    SELECT b.member, a.roleid FROM membership b JOIN pg_catalog.pg_auth_members a ON a.member = b.role
), namespace AS MATERIALIZED (
    SELECT n.* FROM pg_catalog.pg_namespace n
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      AND n.nspname !~ '^pg_(toast_)?temp_'
), relation AS MATERIALIZED (
    SELECT c.oid, c.relname, c.relkind, c.relowner, c.relacl, n.nspname
    FROM pg_catalog.pg_class c JOIN namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
), reach AS MATERIALIZED (
    SELECT r.oid, m.rolname,
           CASE r.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(m.oid, r.oid, 'SELECT')
                ELSE pg_catalog.has_table_privilege(m.oid, r.oid, 'SELECT') END AS whole,
           r.relkind <> 'S' AND pg_catalog.has_any_column_privilege(m.oid, r.oid, 'SELECT') AS part,
           CASE r.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(m.oid, r.oid, 'USAGE,UPDATE')
                ELSE pg_catalog.has_table_privilege(m.oid, r.oid, (SELECT list FROM words))
                  OR pg_catalog.has_any_column_privilege(m.oid, r.oid, 'INSERT,UPDATE,REFERENCES') END AS writes,
           m.oid AS role, r.relkind
    FROM relation r CROSS JOIN managed m
), held AS MATERIALIZED (
    SELECT h.oid, pg_catalog.json_object_agg(h.rolname, pg_catalog.json_build_object(
        'select', h.whole,
        'columns', CASE WHEN h.part AND NOT h.whole THEN (
            SELECT pg_catalog.json_agg(t.attname ORDER BY t.attnum) FROM pg_catalog.pg_attribute t
            WHERE t.attrelid = h.oid AND t.attnum > 0 AND NOT t.attisdropped
              AND pg_catalog.has_column_privilege(h.role, h.oid, t.attnum, 'SELECT')) ELSE '[]' END,
        'write', CASE WHEN NOT h.writes THEN '[]' WHEN h.relkind = 'S' THEN (
            SELECT pg_catalog.json_agg(w) FROM pg_catalog.unnest(ARRAY['USAGE', 'UPDATE']) w
            WHERE pg_catalog.has_sequence_privilege(h.role, h.oid, w))
          ELSE (
            SELECT pg_catalog.json_agg(w) FROM word
            WHERE pg_catalog.has_table_privilege(h.role, h.oid, w)
               OR CASE WHEN w IN ('INSERT', 'UPDATE', 'REFERENCES')
                       THEN pg_catalog.has_any_column_privilege(h.role, h.oid, w) END) END)) AS rights
    FROM reach h
    WHERE h.whole OR h.part OR h.writes
    GROUP BY h.oid
), explained AS MATERIALIZED (
    SELECT e.oid, pg_catalog.json_agg(DISTINCT pg_catalog.jsonb_build_array(
             CASE e.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(e.grantee)::text END, e.privilege_type)) AS acl
    FROM (
        SELECT r.oid, a.grantee, a.privilege_type FROM relation r
        CROSS JOIN LATERAL pg_catalog.aclexplode(r.relacl) a WHERE a.grantee <> r.relowner
        UNION
        SELECT r.oid, a.grantee, a.privilege_type FROM relation r
        JOIN pg_catalog.pg_attribute t ON t.attrelid = r.oid AND t.attacl IS NOT NULL
        CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) a
    ) e
    GROUP BY e.oid
), other AS MATERIALIZED (
    SELECT m.rolname::text AS role, 'LARGE OBJECT ' || o.oid AS object, a.privilege_type AS privilege, a.grantee = 0 AS public
    FROM pg_catalog.pg_largeobject_metadata o
    CROSS JOIN LATERAL pg_catalog.aclexplode(o.lomacl) a
    JOIN managed m ON a.grantee IN (0, m.oid)
    WHERE a.privilege_type <> 'SELECT'
    UNION ALL
    SELECT m.rolname, 'FOREIGN DATA WRAPPER ' || pg_catalog.quote_ident(w.fdwname), 'USAGE',
           EXISTS (SELECT FROM pg_catalog.aclexplode(w.fdwacl) a WHERE a.grantee = 0)
    FROM pg_catalog.pg_foreign_data_wrapper w CROSS JOIN managed m
    WHERE pg_catalog.has_foreign_data_wrapper_privilege(m.oid, w.oid, 'USAGE')
    UNION ALL
    SELECT m.rolname, 'FOREIGN SERVER ' || pg_catalog.quote_ident(s.srvname), 'USAGE',
           EXISTS (SELECT FROM pg_catalog.aclexplode(s.srvacl) a WHERE a.grantee = 0)
    FROM pg_catalog.pg_foreign_server s CROSS JOIN managed m
    WHERE pg_catalog.has_server_privilege(m.oid, s.oid, 'USAGE')
    UNION ALL
    -- Relations of the system schemas whose rights somebody widened beyond what initdb gave.
    SELECT m.rolname, 'TABLE ' || c.oid::pg_catalog.regclass, a.privilege_type, a.grantee = 0
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('pg_catalog', 'information_schema')
    CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a
    JOIN managed m ON a.grantee IN (0, m.oid)
    WHERE a.privilege_type <> 'SELECT' AND c.relname <> 'pg_settings'
)
SELECT pg_catalog.json_build_object(
    'database', (SELECT datname FROM db),
    'roles', coalesce((SELECT pg_catalog.json_object_agg(m.rolname, pg_catalog.json_build_object(
        'attributes', pg_catalog.to_json(pg_catalog.array_remove(ARRAY[
            CASE WHEN m.rolsuper THEN 'SUPERUSER' END, CASE WHEN m.rolcreaterole THEN 'CREATEROLE' END,
            CASE WHEN m.rolcreatedb THEN 'CREATEDB' END, CASE WHEN m.rolreplication THEN 'REPLICATION' END,
            CASE WHEN m.rolbypassrls THEN 'BYPASSRLS' END], NULL)),
        'memberships', coalesce((SELECT pg_catalog.json_agg(DISTINCT r.rolname) FROM membership b
                                 JOIN pg_catalog.pg_roles r ON r.oid = b.role WHERE b.member = m.oid), '[]'),
        'create', pg_catalog.has_database_privilege(m.oid, (SELECT oid FROM db), 'CREATE'),
        'temporary', pg_catalog.has_database_privilege(m.oid, (SELECT oid FROM db), 'TEMPORARY')))
        FROM managed m), '{}'),
    'schemas', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'name', n.nspname, 'owner', pg_catalog.pg_get_userbyid(n.nspowner),
        'usage', coalesce((SELECT pg_catalog.json_agg(m.rolname) FROM managed m
                           WHERE pg_catalog.has_schema_privilege(m.oid, n.oid, 'USAGE')), '[]'),
        'create', coalesce((SELECT pg_catalog.json_agg(m.rolname) FROM managed m
                            WHERE pg_catalog.has_schema_privilege(m.oid, n.oid, 'CREATE')), '[]'),
        'create_acl', coalesce((SELECT pg_catalog.json_agg(
                CASE a.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END)
            FROM pg_catalog.aclexplode(n.nspacl) a WHERE a.privilege_type = 'CREATE'), '[]'))
        ORDER BY n.nspname) FROM namespace n), '[]'),
    'relations', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'schema', r.nspname, 'name', r.relname, 'kind', r.relkind, 'owner', pg_catalog.pg_get_userbyid(r.relowner),
        'grantable', pg_catalog.pg_has_role(r.relowner, 'USAGE')
                  OR pg_catalog.has_table_privilege(r.oid, 'SELECT WITH GRANT OPTION'),
        'columns', CASE WHEN :columns AND r.relkind <> 'S' THEN coalesce((
            SELECT pg_catalog.json_agg(t.attname ORDER BY t.attnum) FROM pg_catalog.pg_attribute t
            WHERE t.attrelid = r.oid AND t.attnum > 0 AND NOT t.attisdropped), '[]') ELSE '[]' END,
        'rights', coalesce(h.rights, '{}'), 'acl', coalesce(e.acl, '[]'))
        ORDER BY r.nspname, r.relname)
        FROM relation r LEFT JOIN held h USING (oid) LEFT JOIN explained e USING (oid)), '[]'),
    'routines', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'identity', p.oid::pg_catalog.regprocedure::text, 'owner', pg_catalog.pg_get_userbyid(p.proowner),
        'pinned', EXISTS (SELECT FROM pg_catalog.unnest(p.proconfig) c WHERE c LIKE 'search_path=%'),
        'roles', callers.names) ORDER BY p.oid::pg_catalog.regprocedure::text)
        FROM pg_catalog.pg_proc p
        JOIN namespace n ON n.oid = p.pronamespace
        CROSS JOIN LATERAL (
            SELECT pg_catalog.json_agg(m.rolname) AS names FROM managed m
            WHERE pg_catalog.has_function_privilege(m.oid, p.oid, 'EXECUTE')
              AND pg_catalog.has_schema_privilege(m.oid, n.oid, 'USAGE')) callers
        WHERE p.prosecdef AND callers.names IS NOT NULL), '[]'),
    'others', coalesce((SELECT pg_catalog.json_agg(o ORDER BY o.role, o.object, o.privilege) FROM other o), '[]')
)::text
