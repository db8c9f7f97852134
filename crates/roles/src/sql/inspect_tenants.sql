/* rolewright: inspect tenants */
-- What the catalogs say of some tenants, of the logins of their reports (which are asked for as "tenants" too), and of the module's own roles, each looked up by name. Whether core may administer a role is
-- read from the one row of the membership: the server's own function for it walks through all of them. The planner has no statistics
-- of a batch, and would read the catalogs from end to end.
SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off;
WITH me AS MATERIALIZED (
    SELECT r.oid, r.rolname, r.rolsuper, r.rolcreaterole FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
), renamed AS MATERIALIZED (
    -- The logins of their reports that bear another name now: of what was given to them last the number is known.
    SELECT f.role, r.oid, r.rolname FROM rolewright.role_fingerprint f CROSS JOIN LATERAL (
        SELECT r.oid, r.rolname FROM pg_catalog.pg_roles r WHERE r.oid = f.role_oid OFFSET 0) r
    WHERE f.role = ANY (:tenants) AND f.role ~ '^_r_' AND r.rolname::pg_catalog.text COLLATE pg_catalog."default" <> f.role
      AND NOT EXISTS (SELECT FROM rolewright.role_fingerprint o WHERE o.role = r.rolname::pg_catalog.text COLLATE pg_catalog."default" AND o.role_oid = r.oid)
), tenant AS MATERIALIZED (
    SELECT r.oid, r.rolname FROM pg_catalog.pg_roles r WHERE r.rolname = ANY ((:tenants)::pg_catalog.name[])
    UNION
    -- Under whatever name: the rows know their roles by number.
    SELECT r.oid, r.rolname FROM pg_catalog.pg_roles r WHERE r.oid = ANY ((:oids)::pg_catalog.oid[])
    UNION
    -- And who owns a tenant's schema, where its number is another's.
    SELECT r.oid, r.rolname FROM pg_catalog.pg_namespace n CROSS JOIN LATERAL (
        SELECT r.oid, r.rolname FROM pg_catalog.pg_roles r WHERE r.oid = n.nspowner OFFSET 0) r
    WHERE n.nspname = ANY ((:tenants)::pg_catalog.name[])
    UNION
    SELECT n.oid, n.rolname FROM renamed n
), edge AS MATERIALIZED (
    SELECT m.roleid, m.member, m.grantor, m.admin_option, pg_catalog.to_jsonb(m) AS options
    FROM tenant t JOIN pg_catalog.pg_auth_members m ON m.roleid = t.oid
    UNION
    SELECT m.roleid, m.member, m.grantor, m.admin_option, pg_catalog.to_jsonb(m)
    FROM tenant t JOIN pg_catalog.pg_auth_members m ON m.member = t.oid
), astray AS MATERIALIZED (
    -- What a login role is a member of and is no tenant of the module: by the rows, for a name says nothing. One that is asked for is
    -- looked at itself; one that an administrator made, and nobody has asked for yet, has a schema of its own and is no member of anything.
    SELECT m.roleid, m.member, m.grantor, m.admin_option, pg_catalog.to_jsonb(m) AS options
    FROM pg_catalog.pg_roles o JOIN pg_catalog.pg_auth_members m ON m.member = o.oid JOIN pg_catalog.pg_roles r ON r.oid = m.roleid
    WHERE o.rolname = ANY ((:own)::pg_catalog.name[]) AND o.rolname ~ '^_[0-9]'
      AND NOT (r.rolname ~ ('^[a-z][a-z0-9]*_' || (:module)[1] || '$') AND (
        EXISTS (SELECT FROM rolewright.tenant t WHERE t.role = r.rolname::pg_catalog.text COLLATE pg_catalog."default"
                AND t.module = (:module)[1] AND t.state <> 'purged' AND t.role_oid IN (0, r.oid))
        OR r.rolname = ANY ((:tenants)::pg_catalog.name[])
        OR NOT (r.rolsuper OR r.rolbypassrls OR r.rolreplication OR r.rolcreaterole OR r.rolcreatedb)
           AND EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = r.rolname AND n.nspowner = r.oid)
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members b WHERE b.member = r.oid))
        -- That of a tenant whose role was given another name is the tenant's own trouble.
        OR EXISTS (SELECT FROM rolewright.tenant t WHERE t.module = (:module)[1] AND t.state <> 'purged' AND t.role_oid = r.oid))
), told AS MATERIALIZED (
    SELECT e.astray, pg_catalog.json_build_object(
        'role', pg_catalog.pg_get_userbyid(e.roleid), 'member', pg_catalog.pg_get_userbyid(e.member),
        'grantor', pg_catalog.pg_get_userbyid(e.grantor), 'admin', e.admin_option,
        'superuser', (SELECT s.rolsuper FROM pg_catalog.pg_roles s WHERE s.oid = e.roleid),
        'inherit', e.options -> 'inherit_option', 'set', e.options -> 'set_option') AS facts
    FROM (SELECT edge.*, false AS astray FROM edge UNION ALL SELECT astray.*, true FROM astray) e
    ORDER BY e.roleid, e.member, e.grantor
), users AS MATERIALIZED (
    -- The first two are shown nowhere.
    SELECT pg_catalog.array_cat('{role,session_authorization}', pg_catalog.array_agg(pg_catalog.lower(g.name))) AS names
    FROM pg_catalog.pg_settings g WHERE g.context = 'user'
), role AS MATERIALIZED (
    SELECT r.* FROM tenant t JOIN pg_catalog.pg_roles r ON r.oid = t.oid
    UNION
    SELECT r.* FROM pg_catalog.pg_roles r
    WHERE r.rolname = ANY ((:tenants || :own)::pg_catalog.name[])
    UNION
    -- One by one: by the beginning of their names all of the module's own roles would be read.
    SELECT r.* FROM (SELECT DISTINCT e.member FROM edge e) AS one
    CROSS JOIN LATERAL (SELECT r.* FROM pg_catalog.pg_roles r WHERE r.oid = one.member OFFSET 0) r
    WHERE r.rolname ~ ('^_k?[0-9]+_' || (:module)[1] || '$')
)
SELECT pg_catalog.json_build_object(
    'version', pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
    'recovery', pg_catalog.pg_is_in_recovery(),
    'database', pg_catalog.current_database(),
    'core', (SELECT pg_catalog.json_build_object('name', me.rolname, 'superuser', me.rolsuper, 'createrole', me.rolcreaterole,
        'may_grant_create', pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE WITH GRANT OPTION'),
        'may_grant_connect', pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CONNECT WITH GRANT OPTION')) FROM me),
    'open', pg_catalog.has_database_privilege('public', pg_catalog.current_database(), 'CONNECT'),
    'roles', coalesce((SELECT pg_catalog.json_object_agg(r.rolname, pg_catalog.json_build_object(
        'oid', r.oid::pg_catalog.int8, 'login', r.rolcanlogin, 'inherit', r.rolinherit, 'superuser', r.rolsuper,
        'createrole', r.rolcreaterole, 'createdb', r.rolcreatedb, 'replication', r.rolreplication,
        'bypassrls', r.rolbypassrls, 'limit', r.rolconnlimit, 'expires', coalesce(r.rolvaliduntil < 'infinity', false),
        'connects', r.rolname !~ '^_([0-9]|r_)' OR pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'CONNECT'),
        'granted', EXISTS (SELECT FROM pg_catalog.pg_database d CROSS JOIN LATERAL pg_catalog.aclexplode(d.datacl) a
                           WHERE d.datname = pg_catalog.current_database() AND a.grantee = r.oid),
        'settings', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                'database', CASE WHEN s.setdatabase <> 0 THEN pg_catalog.current_database() END,
                'name', pg_catalog.split_part(e.entry, '=', 1),
                'value', pg_catalog.substr(e.entry, pg_catalog.strpos(e.entry, '=') + 1),
                'resettable', CASE WHEN r.rolname ~ '^_k' THEN false ELSE (SELECT me.rolsuper FROM me)
                    OR pg_catalog.lower(pg_catalog.split_part(e.entry, '=', 1)) = ANY ((SELECT users.names FROM users)::pg_catalog.text[]) END)
                ORDER BY s.setdatabase, e.entry)
            FROM (VALUES (0::pg_catalog.oid), ((SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))) AS place(database)
            JOIN pg_catalog.pg_db_role_setting s ON s.setdatabase = place.database AND s.setrole = r.oid
            CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS e(entry)), '[]'),
        'comment', pg_catalog.shobj_description(r.oid, 'pg_authid'),
        'recorded', EXISTS (SELECT FROM rolewright.tenant t WHERE t.role = r.rolname::pg_catalog.text COLLATE pg_catalog."default"
                            AND t.role_oid = r.oid AND t.state <> 'purged'),
        -- What it is remembered as, where that is the login of a tenant's reports and not its own name. Only for one of such a name that is
        -- not remembered by it, as nearly all are, is everything looked through.
        'once', coalesce((SELECT n.role FROM renamed n WHERE n.oid = r.oid LIMIT 1), CASE WHEN r.rolname ~ '^_r_' AND NOT EXISTS (
                SELECT FROM rolewright.role_fingerprint f WHERE f.role = r.rolname::pg_catalog.text COLLATE pg_catalog."default" AND f.role_oid = r.oid)
            THEN (SELECT f.role FROM rolewright.role_fingerprint f WHERE f.role_oid = r.oid AND f.role ~ '^_r_' LIMIT 1) END),
        -- The schemas of tenants that it was let into: a number alone may come to be another's.
        'enters', CASE WHEN r.oid IN (SELECT n.oid FROM renamed n) THEN coalesce((SELECT pg_catalog.json_agg(n.nspname) FROM pg_catalog.pg_namespace n
            WHERE n.nspname = ANY ((:tenants)::pg_catalog.name[])
              AND EXISTS (SELECT FROM pg_catalog.aclexplode(n.nspacl) a WHERE a.grantee = r.oid)), '[]') ELSE '[]' END,
        -- Of one that is purged, what would be dropped with its role and is in no schema of its name; of one that is no tenant's yet, all of that.
        'outside', CASE WHEN r.oid IN (SELECT t.oid FROM tenant t) AND (r.rolname = ANY ((:leaving)::pg_catalog.name[])
            OR coalesce(pg_catalog.shobj_description(r.oid, 'pg_authid'), '') NOT LIKE 'managed by rolewright, installation %') THEN (
            SELECT pg_catalog.string_agg(o.what, '; ') FROM (
                SELECT CASE WHEN s.dbid IN (0, (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
                            THEN pg_catalog.pg_describe_object(s.classid, s.objid, 0)
                            ELSE (SELECT 'objects in database ' || d.datname FROM pg_catalog.pg_database d WHERE d.oid = s.dbid) END AS what
                FROM pg_catalog.pg_shdepend s
                WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = r.oid AND s.deptype = 'o'
                  AND s.classid <> 'pg_catalog.pg_default_acl'::pg_catalog.regclass
                  AND (NOT r.rolname = ANY ((:leaving)::pg_catalog.name[]) OR s.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
                       OR s.dbid IN (0, (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
                          AND (pg_catalog.pg_identify_object(s.classid, s.objid, 0)).schema IS NOT NULL)
                  AND NOT (s.dbid IN (0, (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
                           AND r.rolname::pg_catalog.text = CASE s.classid
                               WHEN 'pg_catalog.pg_namespace'::pg_catalog.regclass
                                   THEN (SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE n.oid = s.objid)::pg_catalog.text
                               ELSE coalesce((pg_catalog.pg_identify_object(s.classid, s.objid, 0)).schema, '') END)
                LIMIT 3) o) END,
        'admin', EXISTS (SELECT FROM pg_catalog.pg_auth_members m
                         WHERE m.roleid = r.oid AND m.member = (SELECT me.oid FROM me) AND m.admin_option),
        -- The server's own function is asked only where there is no row.
        'acts', CASE WHEN r.rolname !~ '^_k[0-9]' THEN false
                     WHEN EXISTS (SELECT FROM pg_catalog.pg_auth_members m WHERE m.roleid = r.oid AND m.member = (SELECT me.oid FROM me)
                                  AND coalesce((pg_catalog.to_jsonb(m) -> 'set_option')::pg_catalog.bool, true)) THEN true
                     ELSE pg_catalog.pg_has_role(r.oid, CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000
                                                             THEN 'SET' ELSE 'MEMBER' END) END,
        'may_create', (r.rolname = (:group)[1]::pg_catalog.name OR r.rolname ~ '^_k[0-9]')
            AND pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'CREATE')
    )) FROM role r), '{}'),
    'schemas', coalesce((SELECT pg_catalog.json_object_agg(n.nspname, pg_catalog.pg_get_userbyid(n.nspowner))
        FROM pg_catalog.pg_namespace n WHERE n.nspname = ANY ((:tenants)::pg_catalog.name[])), '{}'),
    'closed', coalesce((SELECT pg_catalog.json_agg(n.nspname) FROM pg_catalog.pg_namespace n
        WHERE n.nspname = ANY ((:tenants)::pg_catalog.name[]) AND n.nspacl IS NOT NULL AND NOT (
            pg_catalog.has_schema_privilege(n.nspowner, n.oid, 'USAGE') AND pg_catalog.has_schema_privilege(n.nspowner, n.oid, 'CREATE'))), '[]'),
    'memberships', coalesce((SELECT pg_catalog.json_agg(e.facts) FROM told e WHERE NOT e.astray), '[]'),
    'astray', coalesce((SELECT pg_catalog.json_agg(e.facts) FROM told e WHERE e.astray), '[]'),
    'fingerprints', coalesce((SELECT pg_catalog.json_object_agg(f.role, f.fingerprint)
        FROM rolewright.role_fingerprint f JOIN role r ON r.rolname = f.role AND r.oid = f.role_oid), '{}'),
    'granter', CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000 THEN (
        SELECT k.rolname FROM pg_catalog.pg_roles g JOIN pg_catalog.pg_auth_members m ON m.roleid = g.oid AND m.admin_option
        JOIN pg_catalog.pg_roles k ON k.oid = m.member AND k.rolname ~ ('^_k[0-9]+_' || (:module)[1] || '$')
        WHERE g.rolname = (:group)[1]::pg_catalog.name AND k.rolcreaterole
          AND EXISTS (SELECT FROM pg_catalog.pg_auth_members c WHERE c.roleid = k.oid AND c.member = (SELECT me.oid FROM me)
                      AND (pg_catalog.to_jsonb(c) -> 'set_option')::pg_catalog.bool) LIMIT 1) END,
    'functions', coalesce((SELECT pg_catalog.json_object_agg(p.proname, pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(p.proowner), 'source', p.prosrc, 'definer', p.prosecdef,
        'config', coalesce(p.proconfig, '{}'), 'callers', coalesce((
            SELECT pg_catalog.json_agg(CASE a.grantee WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END)
            FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
            WHERE a.grantee <> p.proowner), '[]')))
        FROM pg_catalog.pg_proc p
        WHERE p.proname = ANY ((:own)::pg_catalog.name[])
          AND p.pronamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = 'rolewright')), '{}')
)::pg_catalog.text
