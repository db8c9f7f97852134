/* rolewright: inspect keepers */
-- Which of the module's roles core, or the keeper that made them, may not act for, all of them at once. Before 16 CREATEROLE is enough for
-- all but core's own membership in a keeper.
WITH me AS MATERIALIZED (
    SELECT r.oid, r.rolname, r.rolsuper, r.rolcreaterole,
           pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000 AS strict
    FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
), own AS MATERIALIZED (
    SELECT r.oid, r.rolname, h.kind, h.number FROM rolewright.tenant_holder h JOIN pg_catalog.pg_roles r
      ON r.rolname = (CASE h.kind WHEN 'keeper' THEN '_k' ELSE '_' END || h.number || '_' || h.module)::pg_catalog.name
    WHERE h.module = (:module)[1]
    UNION ALL
    SELECT r.oid, r.rolname, 'group', 0 FROM pg_catalog.pg_roles r WHERE r.rolname = (:group)[1]::pg_catalog.name
), lacking AS MATERIALIZED (
    SELECT o.rolname, o.kind FROM own o CROSS JOIN me
    WHERE NOT me.rolsuper AND (
        me.strict AND me.rolcreaterole
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members m WHERE m.roleid = o.oid AND m.member = me.oid AND m.admin_option)
        OR o.kind = 'keeper' AND NOT pg_catalog.pg_has_role(o.oid, CASE WHEN me.strict THEN 'SET' ELSE 'MEMBER' END))
), tenant AS MATERIALIZED (
    SELECT r.oid, r.rolname, n.name = t.role AS itself, t.state IN ('adding', 'active') AS served, k.oid AS keeper, k.rolname AS keeper_name, l.oid AS login, l.rolname AS login_name
    FROM me JOIN rolewright.tenant t ON me.strict AND t.module = (:module)[1] AND t.state <> 'purged'
    JOIN own k ON k.kind = 'keeper' AND k.number = t.keeper
    LEFT JOIN own l ON l.kind = 'login' AND l.number = t.bucket
    CROSS JOIN LATERAL (VALUES (t.role), ('_r_' || t.role)) AS n(name)
    JOIN pg_catalog.pg_roles r ON r.rolname = n.name::pg_catalog.name AND NOT r.rolsuper
    WHERE n.name <> t.role OR t.role_oid IN (0, r.oid)
), apart AS MATERIALIZED (
    SELECT t.keeper_name AS keeper, pg_catalog.json_agg(t.rolname ORDER BY t.rolname) AS roles FROM tenant t
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members m WHERE m.roleid = t.oid AND m.member = t.keeper AND m.admin_option)
    GROUP BY t.keeper_name
), given AS MATERIALIZED (
    SELECT t.keeper_name AS keeper, t.login_name AS login, pg_catalog.pg_get_userbyid(m.grantor) AS grantor,
           pg_catalog.json_agg(t.rolname ORDER BY t.rolname) AS roles,
           coalesce(pg_catalog.json_agg(t.rolname ORDER BY t.rolname) FILTER (WHERE t.served), '[]') AS served
    FROM tenant t JOIN pg_catalog.pg_auth_members m ON t.itself AND m.roleid = t.oid AND m.member = t.login AND m.grantor <> t.keeper
    GROUP BY t.keeper_name, t.login_name, m.grantor
)
SELECT pg_catalog.json_build_object(
    'core', (SELECT me.rolname FROM me), 'strict', (SELECT me.strict FROM me),
    'keepers', coalesce((SELECT pg_catalog.json_agg(o.rolname ORDER BY o.rolname) FROM lacking o WHERE o.kind = 'keeper'), '[]'),
    'own', coalesce((SELECT pg_catalog.json_agg(o.rolname ORDER BY o.rolname) FROM lacking o WHERE o.kind <> 'keeper'), '[]'),
    'apart', coalesce((SELECT pg_catalog.json_agg(a ORDER BY a.keeper) FROM apart a), '[]'),
    'given', coalesce((SELECT pg_catalog.json_agg(g ORDER BY g.keeper, g.login, g.grantor) FROM given g), '[]')
)::pg_catalog.text
