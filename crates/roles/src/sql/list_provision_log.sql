/* rolewright: log */
-- The audit table's last rows, newest first. Names are cast to text and the address to its host part, so that the
-- driver needs no types beyond text, integers and timestamps.
SELECT id, at, kind, object, role, statement, session_user_name AS session_user,
       pg_catalog.host(client_addr) AS client_addr, application_name, version, duration_us
FROM rolewright.provision_log
ORDER BY id DESC
LIMIT $1
