/* rolewright: inspect subjects */
-- What the catalogs say of the roles that subjects act as, of the login that becomes them and of the groups that carry their privileges;
-- and of those of ours with the same beginnings that nobody wants any more.
WITH me AS MATERIALIZED (
    SELECT r.oid, r.rolname, r.rolsuper, r.rolcreaterole FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
), own AS MATERIALIZED (
    SELECT r.* FROM pg_catalog.pg_roles r WHERE r.rolname = ANY ((:roles)::pg_catalog.name[])
    UNION
    SELECT r.* FROM pg_catalog.pg_roles r
    WHERE EXISTS (SELECT FROM pg_catalog.unnest(:prefixes) p (prefix) WHERE pg_catalog.starts_with(r.rolname::text, p.prefix))
      AND pg_catalog.shobj_description(r.oid, 'pg_authid') = (:marker)[1]
), carrier AS MATERIALIZED (
    SELECT r.oid, r.rolname FROM pg_catalog.pg_roles r WHERE r.rolname = ANY ((:groups)::pg_catalog.name[])
), edge AS MATERIALIZED (
    SELECT m.roleid, m.member, m.grantor, m.admin_option, pg_catalog.to_jsonb(m) AS options
    FROM pg_catalog.pg_auth_members m
    WHERE m.roleid IN (SELECT o.oid FROM own o) OR m.member IN (SELECT o.oid FROM own o)
)
SELECT pg_catalog.json_build_object(
    'version', pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
    'recovery', pg_catalog.pg_is_in_recovery(),
    'database', pg_catalog.current_database(),
    'core', (SELECT pg_catalog.json_build_object('name', me.rolname, 'superuser', me.rolsuper, 'createrole', me.rolcreaterole) FROM me),
    'roles', coalesce((SELECT pg_catalog.json_object_agg(r.rolname, pg_catalog.json_build_object(
        'login', r.rolcanlogin, 'inherit', r.rolinherit, 'superuser', r.rolsuper, 'createrole', r.rolcreaterole,
        'createdb', r.rolcreatedb, 'replication', r.rolreplication, 'bypassrls', r.rolbypassrls,
        'comment', pg_catalog.shobj_description(r.oid, 'pg_authid'),
        'admin', EXISTS (SELECT FROM pg_catalog.pg_auth_members m
                         WHERE m.roleid = r.oid AND m.member = (SELECT me.oid FROM me) AND m.admin_option),
        'connects', pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'CONNECT'),
        'fingerprint', (SELECT f.fingerprint FROM rolewright.role_fingerprint f WHERE f.role = r.rolname AND f.role_oid = r.oid)
    )) FROM own r), '{}'),
    -- Whoever may become a group, on a server that does not tell inheriting from becoming, may become what that may become.
    'groups', coalesce((SELECT pg_catalog.json_object_agg(g.rolname, pg_catalog.json_build_object(
        'admin', pg_catalog.pg_has_role(g.oid, 'MEMBER WITH ADMIN OPTION'),
        'reaches', coalesce((SELECT pg_catalog.json_agg(x.rolname ORDER BY x.rolname) FROM pg_catalog.pg_roles x
            WHERE (x.rolsuper OR x.rolcreaterole OR x.rolbypassrls OR x.rolreplication OR x.rolname = current_user
                   OR x.rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'))
              AND pg_catalog.pg_has_role(g.oid, x.oid, 'MEMBER')), '[]'),
        'unbound', coalesce((SELECT pg_catalog.json_agg(c.oid::pg_catalog.regclass::text ORDER BY c.oid) FROM pg_catalog.pg_class c
            WHERE c.relrowsecurity AND NOT c.relforcerowsecurity AND pg_catalog.pg_has_role(g.oid, c.relowner, 'USAGE')), '[]')
    )) FROM carrier g), '{}'),
    'memberships', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'role', pg_catalog.pg_get_userbyid(e.roleid), 'member', pg_catalog.pg_get_userbyid(e.member),
        'grantor', pg_catalog.pg_get_userbyid(e.grantor), 'admin', e.admin_option,
        'inherit', e.options -> 'inherit_option', 'set', e.options -> 'set_option'
    ) ORDER BY e.roleid, e.member, e.grantor) FROM edge e), '[]')
)::pg_catalog.text
