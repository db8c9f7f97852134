/* rolewright: tenant purge */
-- Who holds locks on the schema $1 or on relations in it; one that was made by a transaction that is still open shows as a lock on the
-- schema. A prepared transaction has no process; it is known by the lock on its own number.
SELECT DISTINCT CASE WHEN x.gid IS NOT NULL
    THEN pg_catalog.format('the prepared transaction of role %s that ROLLBACK PREPARED %L ends', x.owner, x.gid)
    ELSE pg_catalog.format('process %s, role %s, application %s', l.pid, coalesce(a.usename::text, '?'),
                           coalesce(nullif(a.application_name, ''), '?')) END
    || CASE WHEN c.oid IS NOT NULL THEN pg_catalog.format(', on %I.%I', n.nspname, c.relname) ELSE '' END
FROM pg_catalog.pg_namespace n
JOIN pg_catalog.pg_locks l ON l.granted AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid() AND l.database = (
    SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation AND c.relnamespace = n.oid
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
LEFT JOIN pg_catalog.pg_locks t ON l.pid IS NULL AND t.pid IS NULL AND t.locktype = 'transactionid'
    AND t.virtualtransaction = l.virtualtransaction
LEFT JOIN pg_catalog.pg_prepared_xacts x ON x.transaction = t.transactionid
WHERE n.nspname = $1
  AND (c.oid IS NOT NULL OR l.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND l.objid = n.oid)
ORDER BY 1 LIMIT 5
