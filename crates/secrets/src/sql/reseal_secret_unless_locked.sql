/* rolewright: secret get, re-seal */
-- The same compare-and-swap at a first read. It never waits: whoever holds the row is changing it anyway, and a read must
-- not wait for, or deadlock with, a writer.
UPDATE rolewright.local_system_secrets AS s
SET value = $3
WHERE s.key = (
    SELECT l.key
    FROM rolewright.local_system_secrets AS l
    WHERE l.key = $1
      AND l.xmin::text || '/' || l.ctid::text = $2
    FOR UPDATE SKIP LOCKED
)
