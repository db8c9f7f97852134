/* rolewright: attack locks: what the role's sessions hold while they do nothing. $1 is the role, $2 are sessions of others */
SELECT DISTINCT l.pid, CASE WHEN l.locktype = 'virtualxid' THEN 'a transaction is open'
       WHEN l.locktype = 'advisory' THEN 'an advisory lock is held'
       ELSE pg_catalog.format('%s is held on %s', l.mode, coalesce(l.relation::pg_catalog.regclass::text, l.locktype)) END AS what
FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)
WHERE a.usename::text = $1 AND a.datname = pg_catalog.current_database() AND l.granted AND l.pid <> ALL ($2)
ORDER BY 2
LIMIT 5
