/* rolewright: secret re-seal */
-- Compare-and-swap: replaces the value only while the row is the one that was opened. The comparison is by version, so
-- that a legacy value in clear is never a parameter, which the server may log. The value is the same, so its age stays.
UPDATE rolewright.local_system_secrets AS s
SET value = $3
WHERE s.key = $1
  AND s.xmin::text || '/' || s.ctid::text = $2
