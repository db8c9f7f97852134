/* rolewright: find lock holder */
-- Who holds the provisioning lock in this database. A managed role can only hold it because its SQL took it, so its
-- backend is ended; everyone else is only named.
SELECT pg_catalog.format('process %s, role %s, application %s', l.pid, coalesce(a.usename::text, '?'),
                         coalesce(nullif(a.application_name, ''), '?')) AS holder,
       CASE WHEN a.usename::text = ANY ($2) THEN pg_catalog.pg_terminate_backend(l.pid) END AS ended
FROM pg_catalog.pg_locks l
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
  AND (l.classid::bigint << 32) | l.objid::bigint = $1
ORDER BY l.pid
