/* rolewright: attack residue: what the session's last user has left for its next */
SELECT 'setting ' || name FROM pg_catalog.pg_settings WHERE source = 'session'
UNION ALL SELECT 'listens on ' || c FROM pg_catalog.pg_listening_channels() AS c
UNION ALL SELECT 'prepared ' || name FROM pg_catalog.pg_prepared_statements WHERE from_sql
UNION ALL SELECT 'cursor ' || name FROM pg_catalog.pg_cursors WHERE is_holdable
UNION ALL SELECT 'temporary ' || relname FROM pg_catalog.pg_class WHERE relnamespace = pg_catalog.pg_my_temp_schema()
UNION ALL SELECT 'temporary ' || proname FROM pg_catalog.pg_proc WHERE pronamespace = pg_catalog.pg_my_temp_schema()
UNION ALL SELECT 'role ' || CURRENT_USER::text WHERE CURRENT_USER <> SESSION_USER
ORDER BY 1
