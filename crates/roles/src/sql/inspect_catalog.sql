/* rolewright: inspect */
-- Everything the planner wants to know, as one JSON document, so that looking is one statement however many tables
-- there are. One row per object with its ACL, filtered by grantee; an absent ACL is acldefault(); the owner's own
-- entries are left out. The objects come from the schemas that are read and from pg_shdepend, which names every object
-- of any class whose ACL mentions a role. Columns that only some versions have are read through to_jsonb().
-- Values are named by a colon: the managed "roles", the "creators", the "schemas" that are read, and whether "columns" matter.
WITH RECURSIVE core AS MATERIALIZED (
    SELECT r.* FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
), version AS MATERIALIZED (
    SELECT pg_catalog.current_setting('server_version_num')::int AS num
), managed AS MATERIALIZED (
    SELECT r.* FROM pg_catalog.pg_roles r WHERE r.rolname = ANY (:roles)
), db AS MATERIALIZED (
    SELECT d.oid, d.datname FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()
), remembered AS MATERIALIZED (
    -- The table may be missing, and a plain query of a missing table is an error: query_to_xml parses it only when it is
    -- there. The rows come as hex, so that no XML escaping touches them.
    SELECT f.role, f.role_oid, f.fingerprint, f.set_at
    FROM (SELECT CASE WHEN pg_catalog.to_regclass('rolewright.role_fingerprint') IS NOT NULL
                      THEN pg_catalog.query_to_xml(
                        'SELECT encode(convert_to(coalesce(json_agg(f), ''[]'')::text, ''UTF8''), ''hex'') AS h FROM '
                        '(SELECT role, role_oid::bigint, fingerprint, set_at::text FROM rolewright.role_fingerprint) f',
                        false, false, '')::text END AS xml) x,
         LATERAL pg_catalog.json_to_recordset(
           pg_catalog.convert_from(pg_catalog.decode(
             coalesce(pg_catalog.substring(x.xml, '<h>([0-9a-f]+)</h>'), '5b5d'), 'hex'), 'UTF8')::json)
           AS f(role text, role_oid bigint, fingerprint text, set_at text)
), accepted AS MATERIALIZED (
    -- What was accepted for roles whose new relations wait; read in the same way.
    SELECT f.role, f.oids
    FROM (SELECT CASE WHEN pg_catalog.to_regclass('rolewright.accepted_relation') IS NOT NULL
                      THEN pg_catalog.query_to_xml(
                        'SELECT encode(convert_to(coalesce(json_agg(f), ''[]'')::text, ''UTF8''), ''hex'') AS h FROM '
                        '(SELECT h.role, coalesce((SELECT json_agg(a.relation_oid::bigint) '
                        'FROM rolewright.accepted_relation a WHERE a.role = h.role), ''[]'') AS oids '
                        'FROM rolewright.held_role h) f', false, false, '')::text END AS xml) x,
         LATERAL pg_catalog.json_to_recordset(
           pg_catalog.convert_from(pg_catalog.decode(
             coalesce(pg_catalog.substring(x.xml, '<h>([0-9a-f]+)</h>'), '5b5d'), 'hex'), 'UTF8')::json)
           AS f(role text, oids json)
    WHERE f.role = ANY (:roles)
), dependent AS MATERIALIZED (
    SELECT DISTINCT s.dbid, s.classid, s.objid
    FROM pg_catalog.pg_shdepend s
    JOIN managed m ON s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = m.oid
    WHERE s.deptype = 'a'
), here AS MATERIALIZED (
    SELECT d.classid, d.objid FROM dependent d WHERE d.dbid IN (0, (SELECT oid FROM db))
), grantee AS MATERIALIZED (
    SELECT m.oid, m.rolname::text AS name FROM managed m UNION ALL SELECT 0, NULL
), application AS MATERIALIZED (
    -- Schemas that are not the system's own; what everyone may do in them concerns every managed role.
    SELECT n.oid FROM pg_catalog.pg_namespace n
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname !~ '^pg_(toast_)?temp_'
), namespace AS MATERIALIZED (
    SELECT n.*, pg_catalog.pg_has_role(n.nspowner, 'USAGE') AS mine
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname = ANY (:schemas)
       OR n.oid IN (SELECT objid FROM here WHERE classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)
       OR n.oid IN (SELECT oid FROM application) AND EXISTS (
              -- A schema of its owner's own name is a tenant's.
              SELECT FROM pg_catalog.aclexplode(n.nspacl) a WHERE a.grantee = 0
                AND (a.privilege_type = 'CREATE' OR pg_catalog.pg_get_userbyid(n.nspowner) = n.nspname))
), relation AS MATERIALIZED (
    SELECT c.oid, c.relname, c.relkind, c.relowner, c.relacl, c.relrowsecurity, n.nspname,
           pg_catalog.pg_has_role(c.relowner, 'USAGE') AS mine
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND (n.nspname = ANY (:schemas) AND c.relkind <> 'S'
           OR c.oid IN (SELECT objid FROM here WHERE classid = 'pg_catalog.pg_class'::pg_catalog.regclass)
           OR c.relnamespace IN (SELECT oid FROM application)
              AND (EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) a WHERE a.grantee = 0)
                   OR c.oid IN (SELECT t.attrelid FROM pg_catalog.pg_attribute t
                                CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) a
                                WHERE t.attacl IS NOT NULL AND a.grantee = 0)))
), relation_acl AS MATERIALIZED (
    SELECT r.oid, pg_catalog.json_agg(pg_catalog.json_build_object(
             'grantee', g.name, 'privilege', a.privilege_type, 'grantable', a.is_grantable,
             'grantor', pg_catalog.pg_get_userbyid(a.grantor),
             'revocable', CASE WHEN r.mine THEN a.grantor = r.relowner ELSE a.grantor = (SELECT oid FROM core) END)
             ORDER BY g.name, a.privilege_type, a.grantor) AS acl
    FROM relation r
    CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(r.relacl,
        pg_catalog.acldefault((CASE r.relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char", r.relowner))) a
    JOIN grantee g ON g.oid = a.grantee
    WHERE a.grantee <> r.relowner
    GROUP BY r.oid
), column_acl AS MATERIALIZED (
    SELECT r.oid, pg_catalog.json_agg(pg_catalog.json_build_object(
             'column', t.attname, 'grantee', g.name, 'privilege', a.privilege_type, 'grantable', a.is_grantable,
             'grantor', pg_catalog.pg_get_userbyid(a.grantor),
             'revocable', CASE WHEN r.mine THEN a.grantor = r.relowner ELSE a.grantor = (SELECT oid FROM core) END)
             ORDER BY t.attnum, g.name, a.privilege_type, a.grantor) AS acl
    FROM relation r
    JOIN pg_catalog.pg_attribute t ON t.attrelid = r.oid AND t.attacl IS NOT NULL AND NOT t.attisdropped
    CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) a
    JOIN grantee g ON g.oid = a.grantee
    WHERE a.grantee <> r.relowner
    GROUP BY r.oid
), relation_columns AS MATERIALIZED (
    SELECT r.oid, pg_catalog.json_agg(t.attname ORDER BY t.attnum) AS columns
    FROM relation r
    JOIN pg_catalog.pg_attribute t ON t.attrelid = r.oid AND t.attnum > 0 AND NOT t.attisdropped
    WHERE :columns AND r.relkind <> 'S'
    GROUP BY r.oid
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
), reached AS (
    -- What those relations read and inherit, and so on: among thousands of tenants, nothing else is looked at.
    SELECT r.oid FROM relation r
    UNION
    SELECT step.oid FROM reached x CROSS JOIN LATERAL (
        SELECT d.refobjid AS oid FROM pg_catalog.pg_rewrite w
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
         AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        WHERE w.ev_class = x.oid
        UNION ALL
        SELECT i.inhrelid FROM pg_catalog.pg_inherits i WHERE i.inhparent = x.oid) step
), above AS (
    -- What relations are partitions and children of, at any depth; by arrays, because the planner takes a recursion's result for a large one.
    SELECT i.inhrelid AS oid, i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = ANY (ARRAY(SELECT oid FROM reached))
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
    JOIN relation r ON r.oid = a.oid AND NOT r.relrowsecurity
    JOIN ancestor p ON p.oid = a.inhparent AND p.secured
    GROUP BY a.oid
), other_acl AS MATERIALIZED (
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass AS classid, p.oid AS objid, p.proowner AS owner, 'ROUTINE' AS class,
           p.proacl AS acl
    FROM pg_catalog.pg_proc p
    WHERE p.oid IN (SELECT objid FROM here WHERE classid = 'pg_catalog.pg_proc'::pg_catalog.regclass)
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, t.typowner, 'TYPE', t.typacl FROM pg_catalog.pg_type t
    WHERE t.oid IN (SELECT objid FROM here WHERE classid = 'pg_catalog.pg_type'::pg_catalog.regclass)
    UNION ALL
    SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, l.oid, l.lanowner, 'LANGUAGE', l.lanacl
    FROM pg_catalog.pg_language l
    WHERE l.oid IN (SELECT objid FROM here WHERE classid = 'pg_catalog.pg_language'::pg_catalog.regclass)
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, s.oid, s.srvowner, 'FOREIGN SERVER', s.srvacl
    FROM pg_catalog.pg_foreign_server s
    WHERE s.oid IN (SELECT objid FROM here WHERE classid = 'pg_catalog.pg_foreign_server'::pg_catalog.regclass)
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, w.oid, w.fdwowner, 'FOREIGN DATA WRAPPER', w.fdwacl
    FROM pg_catalog.pg_foreign_data_wrapper w
    WHERE w.oid IN (SELECT objid FROM here WHERE classid = 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass)
    UNION ALL
    SELECT 'pg_catalog.pg_largeobject'::pg_catalog.regclass, o.oid, o.lomowner, 'LARGE OBJECT', o.lomacl
    FROM pg_catalog.pg_largeobject_metadata o
    WHERE o.oid IN (SELECT objid FROM here WHERE classid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass)
       OR o.lomacl IS NOT NULL AND EXISTS (SELECT FROM pg_catalog.aclexplode(o.lomacl) a WHERE a.grantee = 0)
    UNION ALL
    SELECT 'pg_catalog.pg_database'::pg_catalog.regclass, d.oid, d.datdba, 'DATABASE', d.datacl
    FROM pg_catalog.pg_database d
    WHERE d.oid IN (SELECT objid FROM here WHERE classid = 'pg_catalog.pg_database'::pg_catalog.regclass)
    UNION ALL
    SELECT 'pg_catalog.pg_tablespace'::pg_catalog.regclass, t.oid, t.spcowner, 'TABLESPACE', t.spcacl
    FROM pg_catalog.pg_tablespace t
    WHERE t.oid IN (SELECT objid FROM here WHERE classid = 'pg_catalog.pg_tablespace'::pg_catalog.regclass)
), other AS MATERIALIZED (
    SELECT pg_catalog.json_build_object(
             'target', o.class || ' ' || CASE o.class
                 WHEN 'LARGE OBJECT' THEN o.objid::text
                 ELSE (pg_catalog.pg_identify_object(o.classid, o.objid, 0)).identity END,
             'description', pg_catalog.pg_describe_object(o.classid, o.objid, 0),
             'routine', CASE o.class WHEN 'ROUTINE' THEN (
                 SELECT pg_catalog.json_build_array(n.nspname, p.proname) FROM pg_catalog.pg_proc p
                 JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = o.objid) END,
             'grantee', g.name, 'privilege', a.privilege_type, 'grantable', a.is_grantable,
             'grantor', pg_catalog.pg_get_userbyid(a.grantor),
             'revocable', CASE WHEN pg_catalog.pg_has_role(o.owner, 'USAGE') THEN a.grantor = o.owner
                               ELSE a.grantor = (SELECT oid FROM core) END) AS doc,
           g.name AS name, o.class AS class, o.objid AS objid, a.privilege_type AS privilege
    FROM other_acl o
    CROSS JOIN LATERAL pg_catalog.aclexplode(o.acl) a
    JOIN grantee g ON g.oid = a.grantee
    WHERE a.grantee <> o.owner AND (g.name IS NOT NULL OR o.class = 'LARGE OBJECT')
    UNION ALL
    -- Configuration parameters (15 and later), which only a superuser grants; and classes that are not modelled, named so
    -- that they are not overlooked.
    SELECT pg_catalog.json_build_object(
             'target', CASE WHEN s.classid = pg_catalog.to_regclass('pg_catalog.pg_parameter_acl')
                            THEN 'PARAMETER ' || (pg_catalog.pg_identify_object(s.classid, s.objid, 0)).identity END, 'description', pg_catalog.pg_describe_object(s.classid, s.objid, 0),
             'grantee', m.rolname, 'privilege', 'ALL', 'grantable', false, 'grantor', '', 'revocable', false),
           m.rolname::text, 'unmodelled', s.objid, 'ALL'
    FROM pg_catalog.pg_shdepend s
    JOIN managed m ON s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = m.oid
    WHERE s.deptype = 'a' AND s.dbid IN (0, (SELECT oid FROM db))
      AND s.classid <> ALL (ARRAY['pg_catalog.pg_class', 'pg_catalog.pg_namespace',
          'pg_catalog.pg_proc', 'pg_catalog.pg_type', 'pg_catalog.pg_language', 'pg_catalog.pg_foreign_server',
          'pg_catalog.pg_foreign_data_wrapper', 'pg_catalog.pg_largeobject', 'pg_catalog.pg_database',
          'pg_catalog.pg_tablespace', 'pg_catalog.pg_default_acl']::pg_catalog.regclass[]::pg_catalog.oid[])
), showing AS MATERIALIZED (
    SELECT sn.nspname AS schema, s.relname AS name,
           CASE s.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END AS kind,
           tn.nspname AS of_schema, t.relname AS of_name,
           -- With what they are computed from: a generated column shows that as well.
           coalesce(pg_catalog.array_agg(DISTINCT c.attname::text) FILTER (WHERE c.attname IS NOT NULL), '{}')
           || coalesce(pg_catalog.array_agg(DISTINCT g.read) FILTER (WHERE g.read IS NOT NULL), '{}') AS of_columns,
           t.oid AS of_oid
    FROM pg_catalog.pg_rewrite w
    JOIN pg_catalog.pg_class s ON s.oid = w.ev_class AND s.relkind IN ('v', 'm')
    JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
     AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> s.oid
    JOIN pg_catalog.pg_class t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p', 'v', 'm', 'f')
    JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
    LEFT JOIN pg_catalog.pg_attribute c ON c.attrelid = t.oid AND c.attnum = d.refobjsubid AND c.attnum > 0
    LEFT JOIN computes g ON g.oid = t.oid AND g.attnum = d.refobjsubid
    WHERE w.ev_class = ANY (ARRAY(SELECT oid FROM reached)) AND sn.nspname NOT IN ('pg_catalog', 'information_schema')
      AND NOT coalesce(s.reloptions && ARRAY['security_invoker=true', 'security_invoker=on', 'security_invoker=1',
                                             'security_invoker=yes'], false)
    GROUP BY sn.nspname, s.relname, s.relkind, tn.nspname, t.relname, t.oid
    UNION ALL
    SELECT pn.nspname, p.relname, 'parent', cn.nspname, c.relname, '{}', c.oid
    FROM pg_catalog.pg_inherits i
    JOIN pg_catalog.pg_class p ON p.oid = i.inhparent AND p.relkind IN ('r', 'p', 'f')
    JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
    JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
    JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
    WHERE i.inhparent = ANY (ARRAY(SELECT oid FROM reached))
), policy AS MATERIALIZED (
    -- What policies read that managed roles are held to when they select: with the rights of the role, not of the table's owner.
    SELECT r.nspname AS schema, r.relname AS name, p.polname AS policy,
           CASE WHEN 0 <> ALL (p.polroles) THEN ARRAY(
               SELECT m.rolname::text FROM managed m WHERE m.oid = ANY (p.polroles) ORDER BY m.rolname) END AS roles,
           tn.nspname AS of_schema, t.relname AS of_name,
           coalesce(pg_catalog.array_agg(DISTINCT c.attname::text) FILTER (WHERE c.attname IS NOT NULL), '{}') AS of_columns
    FROM pg_catalog.pg_policy p
    JOIN relation r ON r.oid = p.polrelid
    JOIN pg_catalog.pg_class s ON s.oid = p.polrelid AND s.relrowsecurity
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objid = p.oid
     AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> p.polrelid
    JOIN pg_catalog.pg_class t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p', 'v', 'm', 'f')
    JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace AND tn.nspname NOT IN ('pg_catalog', 'information_schema')
    LEFT JOIN pg_catalog.pg_attribute c ON c.attrelid = t.oid AND c.attnum = d.refobjsubid AND c.attnum > 0
    WHERE p.polcmd IN ('*', 'r')
      AND (0 = ANY (p.polroles) OR EXISTS (SELECT FROM managed m WHERE m.oid = ANY (p.polroles)))
    GROUP BY r.nspname, r.relname, p.polname, p.polroles, tn.nspname, t.relname
)
SELECT pg_catalog.json_build_object(
    'server', pg_catalog.json_build_object(
        'version', (SELECT num FROM version),
        'recovery', pg_catalog.pg_is_in_recovery(),
        'database', (SELECT datname FROM db),
        'public_connect', (SELECT EXISTS (SELECT FROM pg_catalog.aclexplode(
                coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
            WHERE a.grantee = 0 AND a.privilege_type = 'CONNECT') FROM pg_catalog.pg_database d WHERE d.oid = (SELECT oid FROM db)),
        'public_create', (SELECT EXISTS (SELECT FROM pg_catalog.aclexplode(d.datacl) a
            WHERE a.grantee = 0 AND a.privilege_type = 'CREATE') FROM pg_catalog.pg_database d WHERE d.oid = (SELECT oid FROM db)),
        'connect_grantable', pg_catalog.has_database_privilege((SELECT oid FROM db), 'CONNECT WITH GRANT OPTION'),
        'migrated', pg_catalog.to_regclass('rolewright.role_fingerprint') IS NOT NULL
                AND pg_catalog.to_regclass('rolewright.provision_log') IS NOT NULL
                AND pg_catalog.to_regclass('rolewright.accepted_relation') IS NOT NULL),
    'core', (SELECT pg_catalog.json_build_object('name', rolname, 'superuser', rolsuper, 'createrole', rolcreaterole,
        'createdb', rolcreatedb, 'replication', rolreplication, 'bypassrls', rolbypassrls) FROM core),
    'roles', coalesce((SELECT pg_catalog.json_object_agg(m.rolname, pg_catalog.json_build_object(
        'oid', m.oid::bigint, 'superuser', m.rolsuper, 'createrole', m.rolcreaterole, 'createdb', m.rolcreatedb,
        'login', m.rolcanlogin, 'inherit', m.rolinherit, 'replication', m.rolreplication, 'bypassrls', m.rolbypassrls,
        'conn_limit', m.rolconnlimit,
        'valid_until', CASE WHEN m.rolvaliduntil IS NOT NULL AND m.rolvaliduntil <> 'infinity'
                            THEN m.rolvaliduntil::text END,
        'comment', pg_catalog.shobj_description(m.oid, 'pg_authid'),
        'admin', pg_catalog.pg_has_role(m.oid, 'MEMBER WITH ADMIN OPTION'),
        'held', EXISTS (SELECT FROM pg_catalog.pg_auth_members a WHERE a.roleid = m.oid
                        AND a.member = (SELECT oid FROM core)
                        AND coalesce((pg_catalog.to_jsonb(a) ->> 'inherit_option')::boolean, true)),
        'settings', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                'database', d.datname,
                'name', pg_catalog.split_part(e.entry, '=', 1),
                'value', pg_catalog.substr(e.entry, pg_catalog.strpos(e.entry, '=') + 1),
                'resettable', (SELECT rolsuper FROM core) OR coalesce(g.context = 'user',
                    -- These two are shown nowhere.
                    pg_catalog.lower(pg_catalog.split_part(e.entry, '=', 1)) = ANY ('{role,session_authorization}'::pg_catalog.text[])))
                ORDER BY d.datname NULLS FIRST, e.entry)
            FROM pg_catalog.pg_db_role_setting s
            LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
            CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS e(entry)
            LEFT JOIN pg_catalog.pg_settings g
              ON pg_catalog.lower(g.name) = pg_catalog.lower(pg_catalog.split_part(e.entry, '=', 1))
            WHERE s.setrole = m.oid), '[]'),
        'member_of', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                'role', r.rolname, 'grantor', pg_catalog.pg_get_userbyid(a.grantor),
                'revocable', (SELECT rolsuper FROM core) OR NOT r.rolsuper AND CASE WHEN (SELECT num FROM version) >= 160000
                    THEN pg_catalog.pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION')
                         AND pg_catalog.pg_has_role(a.grantor, 'USAGE')
                    ELSE (SELECT rolcreaterole FROM core) OR pg_catalog.pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION') END)
                ORDER BY r.rolname, a.grantor)
            FROM pg_catalog.pg_auth_members a JOIN pg_catalog.pg_roles r ON r.oid = a.roleid
            WHERE a.member = m.oid), '[]'),
        'members', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                'role', r.rolname, 'grantor', pg_catalog.pg_get_userbyid(a.grantor),
                'revocable', (SELECT rolsuper FROM core) OR NOT m.rolsuper AND CASE WHEN (SELECT num FROM version) >= 160000
                    THEN pg_catalog.pg_has_role(m.oid, 'MEMBER WITH ADMIN OPTION')
                         AND pg_catalog.pg_has_role(a.grantor, 'USAGE')
                    ELSE (SELECT rolcreaterole FROM core) OR pg_catalog.pg_has_role(m.oid, 'MEMBER WITH ADMIN OPTION') END)
                ORDER BY r.rolname, a.grantor)
            FROM pg_catalog.pg_auth_members a JOIN pg_catalog.pg_roles r ON r.oid = a.member
            WHERE a.roleid = m.oid AND a.member <> (SELECT oid FROM core)
              -- 16 and later give a role's creator ADMIN on it, by the bootstrap superuser: that is not a grant.
              AND NOT (a.grantor = 10 AND a.admin_option
                       AND coalesce(pg_catalog.to_jsonb(a) ->> 'inherit_option', 'true') = 'false'
                       AND coalesce(pg_catalog.to_jsonb(a) ->> 'set_option', 'true') = 'false')), '[]'),
        'owned', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                'database', o.datname, 'count', o.count, 'example', o.example) ORDER BY o.datname)
            FROM (SELECT d.datname, pg_catalog.count(*) AS count,
                         pg_catalog.min(CASE WHEN s.dbid IN (0, (SELECT oid FROM db))
                                             THEN pg_catalog.pg_describe_object(s.classid, s.objid, 0) END) AS example
                  FROM pg_catalog.pg_shdepend s LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid
                  WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = m.oid AND s.deptype = 'o'
                    -- Its own default privileges are no data; dropping the owner's entries is a REVOKE's work.
                    AND s.classid <> 'pg_catalog.pg_default_acl'::pg_catalog.regclass
                    -- How it logs in elsewhere, which a role that reads foreign tables needs.
                    AND s.classid <> 'pg_catalog.pg_user_mapping'::pg_catalog.regclass
                  GROUP BY d.datname) o), '[]'),
        'elsewhere', coalesce((SELECT pg_catalog.json_agg(DISTINCT d.datname)
            FROM pg_catalog.pg_shdepend s JOIN pg_catalog.pg_database d ON d.oid = s.dbid
            WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = m.oid AND s.deptype = 'a'
              AND s.dbid <> (SELECT oid FROM db)), '[]'),
        'password_set', (SELECT f.set_at FROM remembered f
                        WHERE f.role = m.rolname::text AND f.role_oid = m.oid::bigint),
        'fingerprint', (SELECT f.fingerprint FROM remembered f
                        WHERE f.role = m.rolname::text AND f.role_oid = m.oid::bigint)))
        FROM managed m), '{}'),
    'creators', coalesce((SELECT pg_catalog.json_object_agg(r.rolname, pg_catalog.json_build_object(
        'member', pg_catalog.pg_has_role(r.oid, 'USAGE')))
        FROM pg_catalog.pg_roles r WHERE r.rolname = ANY (:creators)), '{}'),
    'schemas', coalesce((SELECT pg_catalog.json_object_agg(n.nspname, pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(n.nspowner),
        'grantable', n.mine OR pg_catalog.has_schema_privilege(n.oid, 'USAGE WITH GRANT OPTION'),
        'acl', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                'grantee', g.name, 'privilege', a.privilege_type, 'grantable', a.is_grantable,
                'grantor', pg_catalog.pg_get_userbyid(a.grantor),
                'revocable', CASE WHEN n.mine THEN a.grantor = n.nspowner ELSE a.grantor = (SELECT oid FROM core) END)
                ORDER BY g.name, a.privilege_type, a.grantor)
            FROM pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) a
            JOIN grantee g ON g.oid = a.grantee
            WHERE a.grantee <> n.nspowner), '[]')))
        FROM namespace n), '{}'),
    'relations', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'oid', r.oid::bigint, 'schema', r.nspname, 'name', r.relname, 'kind', r.relkind,
        'owner', pg_catalog.pg_get_userbyid(r.relowner),
        'grantable', r.mine OR pg_catalog.has_table_privilege(r.oid, 'SELECT WITH GRANT OPTION'),
        'columns', coalesce(c.columns, '[]'), 'computed', coalesce(g.computed, '{}'),
        'secured', r.relrowsecurity, 'bypasses', b.bypasses, 'ancestors', coalesce(d.ancestors, '[]'),
        'acl', coalesce(a.acl, '[]'), 'column_acl', coalesce(x.acl, '[]'))
        ORDER BY r.nspname, r.relname)
        FROM relation r
        LEFT JOIN relation_acl a USING (oid) LEFT JOIN column_acl x USING (oid) LEFT JOIN relation_columns c USING (oid)
        LEFT JOIN computed g USING (oid) LEFT JOIN bypassing b USING (oid) LEFT JOIN descent d USING (oid)), '[]'),
    'others', coalesce((SELECT pg_catalog.json_agg(o.doc ORDER BY o.name, o.class, o.objid, o.privilege) FROM other o), '[]'),
    'defaults', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(d.defaclrole), 'schema', n.nspname, 'class', d.defaclobjtype,
        'grantee', g.name, 'privilege', a.privilege_type, 'grantable', a.is_grantable,
        'grantor', pg_catalog.pg_get_userbyid(a.grantor), 'revocable', pg_catalog.pg_has_role(d.defaclrole, 'USAGE'))
        ORDER BY pg_catalog.pg_get_userbyid(d.defaclrole), n.nspname, d.defaclobjtype, g.name, a.privilege_type)
        FROM pg_catalog.pg_default_acl d
        LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
        CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) a
        JOIN grantee g ON g.oid = a.grantee
        WHERE a.grantee <> d.defaclrole), '[]'),
    'shows', coalesce((SELECT pg_catalog.json_agg(s ORDER BY s.schema, s.name, s.of_schema, s.of_name)
        FROM (SELECT w.schema, w.name, w.kind, w.of_schema, w.of_name, w.of_columns, coalesce(d.ancestors, '[]') AS of_ancestors
              FROM showing w LEFT JOIN descent d ON d.oid = w.of_oid) s), '[]'),
    'policies', coalesce((SELECT pg_catalog.json_agg(p ORDER BY p.schema, p.name, p.policy, p.of_schema, p.of_name) FROM policy p), '[]'),
    'definers', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'schema', n.nspname, 'name', p.proname, 'identity', p.oid::pg_catalog.regprocedure::text,
        'owner', pg_catalog.pg_get_userbyid(p.proowner), 'revocable', pg_catalog.pg_has_role(p.proowner, 'USAGE'),
        'public_usage', EXISTS (SELECT FROM pg_catalog.aclexplode(n.nspacl) a
                                WHERE a.grantee = 0 AND a.privilege_type = 'USAGE'))
        ORDER BY p.oid::pg_catalog.regprocedure::text)
        FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE p.prosecdef AND p.provolatile = 'v' AND n.oid IN (SELECT oid FROM application)
          AND p.prorettype NOT IN ('pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype)
          AND EXISTS (SELECT FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
                      WHERE a.grantee = 0)
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                          AND d.objid = p.oid AND d.deptype = 'e')), '[]'),
    'accepted', coalesce((SELECT pg_catalog.json_object_agg(a.role, a.oids) FROM accepted a), '{}'),
    -- Whose tenants there are, whatever module is configured; read in the same way. Each tenant has a login that is counted.
    'modules', coalesce((SELECT pg_catalog.convert_from(pg_catalog.decode(
        coalesce(pg_catalog.substring(x.xml, '<h>([0-9a-f]+)</h>'), '5b5d'), 'hex'), 'UTF8')::json
        FROM (SELECT pg_catalog.query_to_xml(
        'SELECT encode(convert_to(coalesce(json_agg(DISTINCT h.module), ''[]'')::text, ''UTF8''), ''hex'') AS h FROM rolewright.tenant_holder h',
        false, false, '')::text AS xml WHERE pg_catalog.to_regclass('rolewright.tenant_holder') IS NOT NULL) x), '[]')
)::text
