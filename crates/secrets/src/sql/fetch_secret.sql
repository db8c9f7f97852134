/* rolewright: secret get */
-- One secret, with the version of its row (xmin alone would not tell two updates of one transaction apart), and whether
-- it may be re-sealed here: not on a standby or in a read-only transaction, not where a concurrent update would end the
-- caller's transaction (REPEATABLE READ and above), and not without the right to.
SELECT s.key,
       s.value,
       s.xmin::text || '/' || s.ctid::text AS version,
       pg_catalog.current_setting('transaction_read_only') = 'off'
           AND pg_catalog.current_setting('transaction_isolation') IN ('read committed', 'read uncommitted')
           AND pg_catalog.has_table_privilege('rolewright.local_system_secrets', 'UPDATE') AS mendable
FROM rolewright.local_system_secrets AS s
WHERE s.key = $1
