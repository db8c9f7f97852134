/* rolewright: secret rotate */
-- A page of the secrets that are not sealed under the first key, whatever their form, in the order of their names.
SELECT s.key,
       s.value,
       s.xmin::text || '/' || s.ctid::text AS version,
       true AS mendable
FROM rolewright.local_system_secrets AS s
WHERE s.key > $1
  AND NOT pg_catalog.starts_with(s.value, $2)
ORDER BY s.key
LIMIT $3
