/* rolewright: attack held: the role's sessions, and what each holds that others may have to wait for. $1 is the role, $2 are sessions of
   others, $3 is the table that core works on, $4 whether a reader's lock on it counts, or only what stands in the way of
   writing */
SELECT a.pid, CASE WHEN l.locktype = 'advisory' THEN 'an advisory lock is held while it runs'
       WHEN l.locktype IS NOT NULL THEN pg_catalog.format('core waits for %s on %s', l.mode, $3) END
FROM pg_catalog.pg_stat_activity a LEFT JOIN pg_catalog.pg_locks l
     ON l.pid = a.pid AND l.granted AND (l.locktype = 'advisory' AND NOT $4
        OR l.relation = pg_catalog.to_regclass($3) AND ($4 OR l.mode NOT IN ('AccessShareLock', 'RowShareLock')))
WHERE a.usename::text = $1 AND a.datname = pg_catalog.current_database() AND a.pid <> ALL ($2)
