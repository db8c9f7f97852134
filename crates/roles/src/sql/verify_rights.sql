/* rolewright: verify */
-- Effective rights of the managed roles, as the server's own has_*_privilege functions see them: PUBLIC, memberships
-- and ownership included. Any right beyond SELECT on any relation, sequence or column outside the system schemas is
-- reported, with the ACL that explains it.
-- Values are named by a colon: the managed "roles", whether "columns" matter, whether some role's new relations
-- wait ("held"), the "module" that is configured, and the "schemas" of which all relations are told; of others those that some role holds a right on, or
-- "every" one.
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
    SELECT c.oid, c.relname, c.relkind, c.relowner, c.relacl, c.relrowsecurity, n.nspname
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
), told AS MATERIALIZED (
    -- Among thousands of tenants, nearly all is no managed role's affair.
    SELECT r.* FROM relation r
    WHERE :every OR r.nspname = ANY (:schemas) OR r.oid IN (SELECT h.oid FROM held h)
), above AS (
    -- What relations are partitions and children of, at any depth.
    SELECT i.inhrelid AS oid, i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = ANY (ARRAY(SELECT oid FROM told))
    UNION
    SELECT a.oid, i.inhparent FROM above a JOIN pg_catalog.pg_inherits i ON i.inhrelid = a.inhparent
), ancestor AS MATERIALIZED (
    -- Those, each with its columns: what a child has by their names it has from them, since columns are merged by name.
    SELECT p.oid, n.nspname AS schema, p.relname AS name, p.relrowsecurity AS secured, c.columns
    FROM pg_catalog.pg_class p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.relnamespace
    CROSS JOIN LATERAL (
        SELECT coalesce(pg_catalog.json_agg(t.attname ORDER BY t.attnum), '[]') AS columns FROM pg_catalog.pg_attribute t
        WHERE :columns AND t.attrelid = p.oid AND t.attnum > 0 AND NOT t.attisdropped) c
    WHERE p.oid = ANY (ARRAY(SELECT inhparent FROM above))
), descent AS MATERIALIZED (
    SELECT a.oid, pg_catalog.json_agg(pg_catalog.json_build_object('schema', p.schema, 'name', p.name, 'columns', p.columns)
                                      ORDER BY p.schema, p.name) AS ancestors
    FROM above a JOIN ancestor p ON p.oid = a.inhparent
    GROUP BY a.oid
), bypassing AS MATERIALIZED (
    -- Policies are those of the table that a query names: a child's own name goes past its parent's.
    SELECT a.oid, pg_catalog.min(pg_catalog.concat(p.schema, '.', p.name)) AS bypasses
    FROM above a
    JOIN told r ON r.oid = a.oid AND NOT r.relrowsecurity
    JOIN ancestor p ON p.oid = a.inhparent AND p.secured
    GROUP BY a.oid
), explained AS MATERIALIZED (
    SELECT e.oid, pg_catalog.json_agg(DISTINCT pg_catalog.jsonb_build_array(
             CASE e.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(e.grantee)::text END, e.privilege_type)) AS acl
    FROM (
        SELECT r.oid, a.grantee, a.privilege_type FROM told r
        CROSS JOIN LATERAL pg_catalog.aclexplode(r.relacl) a WHERE a.grantee <> r.relowner
        UNION
        SELECT r.oid, a.grantee, a.privilege_type FROM told r
        JOIN pg_catalog.pg_attribute t ON t.attrelid = r.oid AND t.attacl IS NOT NULL
        CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) a
    ) e
    GROUP BY e.oid
), computes AS MATERIALIZED (
    -- Generated columns, with the columns that their expressions read.
    SELECT DISTINCT t.attrelid AS oid, t.attnum, t.attname::text AS name, b.attname::text AS read
    FROM pg_catalog.pg_attrdef e
    JOIN pg_catalog.pg_attribute t ON t.attrelid = e.adrelid AND t.attnum = e.adnum
    JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = t.attrelid
     -- Before 15 it is the column that depends on what it reads; since then its default does.
     AND (d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = e.oid
          OR d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = t.attrelid AND d.objsubid = t.attnum)
    JOIN pg_catalog.pg_attribute b ON b.attrelid = t.attrelid AND b.attnum = d.refobjsubid AND b.attnum <> t.attnum
    WHERE :columns AND t.attgenerated <> ''
), computed AS MATERIALIZED (
    SELECT c.oid, pg_catalog.json_object_agg(c.name, c.read) AS computed
    FROM (SELECT c.oid, c.name, pg_catalog.json_agg(c.read ORDER BY c.read) AS read
          FROM computes c GROUP BY c.oid, c.name) c
    GROUP BY c.oid
), plain AS MATERIALIZED (
    -- A superuser may do everything, which is said once.
    SELECT m.* FROM managed m WHERE NOT m.rolsuper
), parameter AS MATERIALIZED (
    -- The catalog is there from 15 on, and a plain query of a missing table is an error: query_to_xml parses it only when
    -- it is there. The rows come as hex, so that no XML escaping touches them.
    SELECT f.name, f.grantee, f.privilege
    FROM (SELECT CASE WHEN pg_catalog.to_regclass('pg_catalog.pg_parameter_acl') IS NOT NULL
                      THEN pg_catalog.query_to_xml(
                        'SELECT encode(convert_to(coalesce(json_agg(f), ''[]'')::text, ''UTF8''), ''hex'') AS h FROM '
                        '(SELECT p.parname AS name, a.grantee::bigint AS grantee, a.privilege_type AS privilege '
                        'FROM pg_parameter_acl p CROSS JOIN LATERAL aclexplode(p.paracl) a) f',
                        false, false, '')::text END AS xml) x,
         LATERAL pg_catalog.json_to_recordset(
           pg_catalog.convert_from(pg_catalog.decode(
             coalesce(pg_catalog.substring(x.xml, '<h>([0-9a-f]+)</h>'), '5b5d'), 'hex'), 'UTF8')::json)
           AS f(name text, grantee bigint, privilege text)
), accepted AS MATERIALIZED (
    SELECT f.role, f.oids
    FROM (SELECT CASE WHEN :held AND pg_catalog.to_regclass('rolewright.accepted_relation') IS NOT NULL
                      THEN pg_catalog.query_to_xml(
                        'SELECT encode(convert_to(coalesce(json_agg(f), ''[]'')::text, ''UTF8''), ''hex'') AS h FROM '
                        '(SELECT h.role, coalesce((SELECT json_agg(a.relation_oid::bigint) '
                        'FROM rolewright.accepted_relation a WHERE a.role = h.role), ''[]'') AS oids '
                        'FROM rolewright.held_role h) f', false, false, '')::text END AS xml) x,
         LATERAL pg_catalog.json_to_recordset(
           pg_catalog.convert_from(pg_catalog.decode(
             coalesce(pg_catalog.substring(x.xml, '<h>([0-9a-f]+)</h>'), '5b5d'), 'hex'), 'UTF8')::json)
           AS f(role text, oids json)
), module AS MATERIALIZED (
    -- The one that is configured, and the others of which there are tenants.
    SELECT m.name FROM pg_catalog.unnest(:module) m (name)
    UNION
    SELECT e.value FROM (SELECT pg_catalog.query_to_xml(
        'SELECT encode(convert_to(coalesce(json_agg(DISTINCT h.module), ''[]'')::text, ''UTF8''), ''hex'') AS h FROM rolewright.tenant_holder h',
        false, false, '')::text AS xml WHERE pg_catalog.to_regclass('rolewright.tenant_holder') IS NOT NULL) x,
    LATERAL pg_catalog.json_array_elements_text(pg_catalog.convert_from(pg_catalog.decode(
        coalesce(pg_catalog.substring(x.xml, '<h>([0-9a-f]+)</h>'), '5b5d'), 'hex'), 'UTF8')::json) e
), other AS MATERIALIZED (
    -- Large objects may be many: one row for each kind of right, with one of them.
    SELECT m.rolname::text AS role, 'large-object' AS kind, 'LARGE OBJECT ' || pg_catalog.min(o.oid::bigint) AS object,
           a.privilege_type AS privilege, a.grantee = 0 AS public, g.usable, pg_catalog.count(*) - 1 AS more
    FROM pg_catalog.pg_largeobject_metadata o
    CROSS JOIN LATERAL pg_catalog.aclexplode(o.lomacl) a
    JOIN managed m ON a.grantee IN (0, m.oid)
    -- By a name of a module's own, as the planner knows them.
    CROSS JOIN LATERAL (SELECT NOT EXISTS (SELECT FROM module d WHERE pg_catalog.pg_get_userbyid(o.lomowner)
        ~ ('^(_r_)?[a-z][a-z0-9]*_' || d.name || '$|^_[0-9]+_' || d.name || '$')) AS usable) g
    WHERE o.lomowner <> m.oid
    GROUP BY m.rolname, a.privilege_type, a.grantee = 0, g.usable
    UNION ALL
    SELECT m.rolname, 'large-object', 'LARGE OBJECT ' || pg_catalog.min(o.oid::bigint), 'OWNER', false, true,
           pg_catalog.count(*) - 1
    FROM pg_catalog.pg_largeobject_metadata o JOIN managed m ON m.oid = o.lomowner
    GROUP BY m.rolname
    UNION ALL
    SELECT m.rolname, 'lo-compat', 'every large object', 'SELECT, UPDATE', true, true, 0
    FROM managed m WHERE pg_catalog.current_setting('lo_compat_privileges') = 'on'
    UNION ALL
    SELECT m.rolname, 'creates', 'FOREIGN DATA WRAPPER ' || pg_catalog.quote_ident(w.fdwname), 'USAGE',
           EXISTS (SELECT FROM pg_catalog.aclexplode(w.fdwacl) a WHERE a.grantee = 0), true, 0
    FROM pg_catalog.pg_foreign_data_wrapper w CROSS JOIN plain m
    WHERE pg_catalog.has_foreign_data_wrapper_privilege(m.oid, w.oid, 'USAGE')
    UNION ALL
    SELECT m.rolname, 'creates', 'FOREIGN SERVER ' || pg_catalog.quote_ident(s.srvname), 'USAGE',
           EXISTS (SELECT FROM pg_catalog.aclexplode(s.srvacl) a WHERE a.grantee = 0), true, 0
    FROM pg_catalog.pg_foreign_server s CROSS JOIN plain m
    WHERE pg_catalog.has_server_privilege(m.oid, s.oid, 'USAGE')
    UNION ALL
    SELECT m.rolname, 'user-mapping', 'USER MAPPING FOR ' || pg_catalog.quote_ident(m.rolname) || ' SERVER '
           || pg_catalog.quote_ident(u.srvname), 'USAGE', false, true, 0
    FROM pg_catalog.pg_user_mappings u JOIN managed m ON m.oid = u.umuser
    UNION ALL
    SELECT m.rolname, 'creates', 'TABLESPACE ' || pg_catalog.quote_ident(t.spcname), 'CREATE',
           EXISTS (SELECT FROM pg_catalog.aclexplode(t.spcacl) a WHERE a.grantee = 0), true, 0
    FROM pg_catalog.pg_tablespace t CROSS JOIN plain m
    WHERE pg_catalog.has_tablespace_privilege(m.oid, t.oid, 'CREATE')
    UNION ALL
    SELECT m.rolname, 'creates', 'DATABASE ' || pg_catalog.quote_ident(d.datname), 'CREATE',
           c.public, NOT c.public, 0
    FROM pg_catalog.pg_database d CROSS JOIN plain m
    CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_catalog.aclexplode(d.datacl) a
                                       WHERE a.grantee = 0 AND a.privilege_type = 'CREATE') AS public) c
    WHERE d.oid <> (SELECT oid FROM db) AND pg_catalog.has_database_privilege(m.oid, d.oid, 'CREATE')
    UNION ALL
    SELECT m.rolname, 'connects', 'DATABASE ' || pg_catalog.min(pg_catalog.quote_ident(d.datname)), 'CONNECT', true, true,
           pg_catalog.count(*) - 1
    FROM pg_catalog.pg_database d CROSS JOIN plain m
    WHERE d.oid <> (SELECT oid FROM db) AND d.datallowconn AND pg_catalog.has_database_privilege(m.oid, d.oid, 'CONNECT')
    GROUP BY m.rolname
    UNION ALL
    SELECT m.rolname, 'parameter', 'PARAMETER ' || p.name, p.privilege, p.grantee = 0, true, 0
    FROM parameter p JOIN managed m ON p.grantee IN (0, m.oid::bigint)
    UNION ALL
    -- Relations of the system schemas whose rights somebody widened beyond what initdb gave: to write,
    SELECT m.rolname, 'system-write', 'TABLE ' || c.oid::pg_catalog.regclass, a.privilege_type, a.grantee = 0, true, 0
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('pg_catalog', 'information_schema')
    CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a
    JOIN managed m ON a.grantee IN (0, m.oid)
    WHERE a.privilege_type <> 'SELECT' AND c.relname <> 'pg_settings'
    UNION ALL
    -- or to read what PostgreSQL shows to nobody, such as pg_authid.
    SELECT m.rolname, 'system-read', 'TABLE ' || c.oid::pg_catalog.regclass, 'SELECT',
           EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) a WHERE a.grantee = 0 AND a.privilege_type = 'SELECT'), true, 0
    FROM pg_catalog.pg_init_privs i
    JOIN pg_catalog.pg_class c ON c.oid = i.objoid AND c.relkind <> 'S'
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('pg_catalog', 'information_schema')
    CROSS JOIN plain m
    WHERE i.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND i.objsubid = 0
      AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(i.initprivs) a
                      WHERE a.grantee = 0 AND a.privilege_type = 'SELECT')
      AND pg_catalog.has_table_privilege(m.oid, c.oid, 'SELECT')
    UNION ALL
    -- Functions that PostgreSQL, or the extension they came with, lets nobody call, such as pg_read_file.
    SELECT m.rolname, 'routine', 'ROUTINE ' || p.oid::pg_catalog.regprocedure, 'EXECUTE',
           EXISTS (SELECT FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
                   WHERE a.grantee = 0),
           pg_catalog.has_schema_privilege(m.oid, p.pronamespace, 'USAGE'), 0
    FROM pg_catalog.pg_init_privs i JOIN pg_catalog.pg_proc p ON p.oid = i.objoid CROSS JOIN plain m
    WHERE i.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass
      AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(i.initprivs) a WHERE a.grantee = 0)
      AND pg_catalog.has_function_privilege(m.oid, p.oid, 'EXECUTE')
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
        ORDER BY n.nspname) FROM namespace n
        WHERE EXISTS (SELECT FROM managed m WHERE pg_catalog.has_schema_privilege(m.oid, n.oid, 'USAGE,CREATE'))), '[]'),
    'relations', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'oid', r.oid::bigint, 'schema', r.nspname, 'name', r.relname, 'kind', r.relkind,
        'owner', pg_catalog.pg_get_userbyid(r.relowner),
        'grantable', pg_catalog.pg_has_role(r.relowner, 'USAGE')
                  OR pg_catalog.has_table_privilege(r.oid, 'SELECT WITH GRANT OPTION'),
        'columns', CASE WHEN :columns AND r.relkind <> 'S' THEN coalesce((
            SELECT pg_catalog.json_agg(t.attname ORDER BY t.attnum) FROM pg_catalog.pg_attribute t
            WHERE t.attrelid = r.oid AND t.attnum > 0 AND NOT t.attisdropped), '[]') ELSE '[]' END,
        'computed', coalesce(g.computed, '{}'), 'bypasses', b.bypasses, 'ancestors', coalesce(d.ancestors, '[]'),
        'rights', coalesce(h.rights, '{}'), 'acl', coalesce(e.acl, '[]'))
        ORDER BY r.nspname, r.relname)
        FROM told r LEFT JOIN held h USING (oid) LEFT JOIN explained e USING (oid)
        LEFT JOIN computed g USING (oid) LEFT JOIN bypassing b USING (oid) LEFT JOIN descent d USING (oid)), '[]'),
    'accepted', coalesce((SELECT pg_catalog.json_object_agg(a.role, a.oids) FROM accepted a
                          WHERE a.role IN (SELECT m.rolname::text FROM managed m)), '{}'),
    'routines', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'identity', p.oid::pg_catalog.regprocedure::text, 'schema', n.nspname, 'name', p.proname,
        'owner', pg_catalog.pg_get_userbyid(p.proowner), 'volatile', p.provolatile = 'v',
        'extension', EXISTS (SELECT FROM pg_catalog.pg_depend d
                             WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e'),
        'public', EXISTS (SELECT FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
                          WHERE a.grantee = 0),
        'pinned', EXISTS (SELECT FROM pg_catalog.unnest(p.proconfig) c WHERE c LIKE 'search_path=%'),
        'roles', callers.usable, 'unreachable', callers.unusable) ORDER BY p.oid::pg_catalog.regprocedure::text)
        FROM pg_catalog.pg_proc p
        JOIN namespace n ON n.oid = p.pronamespace
        CROSS JOIN LATERAL (
            SELECT pg_catalog.count(*) AS number,
                   coalesce(pg_catalog.json_agg(m.rolname) FILTER (WHERE pg_catalog.has_schema_privilege(m.oid, n.oid, 'USAGE')),
                            '[]') AS usable,
                   coalesce(pg_catalog.json_agg(m.rolname) FILTER (WHERE NOT pg_catalog.has_schema_privilege(m.oid, n.oid, 'USAGE')),
                            '[]') AS unusable
            FROM managed m
            WHERE pg_catalog.has_function_privilege(m.oid, p.oid, 'EXECUTE')) callers
        -- What a trigger calls cannot be called.
        WHERE p.prosecdef AND callers.number > 0
          AND p.prorettype NOT IN ('pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype)),
        '[]'),
    'others', coalesce((SELECT pg_catalog.json_agg(o ORDER BY o.role, o.object, o.privilege) FROM other o), '[]'),
    'modules', coalesce((SELECT pg_catalog.json_agg(d.name) FROM module d), '[]')
)::text
