/* rolewright: list renamed */
-- The roles of a module's tenants, and the logins of their reports, that bear another name now: rows and what was given to a login last know
-- them by number. A number that was given out again is told by what the role is otherwise: it bears our mark, or was let into the schema.
SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
    'tenant', n.id, 'reports', n.reports, 'name', n.name, 'now', r.rolname,
    'taken', EXISTS (SELECT FROM pg_catalog.pg_roles o WHERE o.rolname = n.name::pg_catalog.name)) ORDER BY n.id, n.reports), '[]')::pg_catalog.text
FROM (SELECT t.id, t.role AS place, false AS reports, t.role AS name, t.role_oid AS number FROM rolewright.tenant t
      WHERE t.module = (:module)[1] AND t.state <> 'purged'
      UNION ALL
      SELECT t.id, t.role, true, f.role, f.role_oid FROM rolewright.tenant t JOIN rolewright.role_fingerprint f ON f.role = '_r_' || t.role
      WHERE t.module = (:module)[1] AND t.state <> 'purged') n
JOIN pg_catalog.pg_roles r ON r.oid = n.number AND r.rolname <> n.name::pg_catalog.name
WHERE CASE WHEN pg_catalog.shobj_description(r.oid, 'pg_authid') LIKE 'managed by rolewright, installation %' THEN true
           ELSE EXISTS (SELECT FROM pg_catalog.pg_namespace s WHERE s.nspname = n.place::pg_catalog.name AND (s.nspowner = r.oid
               OR EXISTS (SELECT FROM pg_catalog.aclexplode(s.nspacl) a WHERE a.grantee = r.oid))) END
  AND NOT EXISTS (SELECT FROM rolewright.tenant t WHERE n.reports AND t.role = r.rolname::pg_catalog.text COLLATE pg_catalog."default" AND t.role_oid = r.oid)
  AND NOT EXISTS (SELECT FROM rolewright.role_fingerprint f WHERE f.role = r.rolname::pg_catalog.text COLLATE pg_catalog."default" AND f.role_oid = r.oid)
