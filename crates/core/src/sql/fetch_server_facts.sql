/* rolewright: connect */
-- Everything a start needs to know about the server and about itself, in one round trip. The system identifier tells
-- this cluster from a copy on another host; reserved_connections exists since PostgreSQL 16.
SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version_num,
       pg_catalog.current_setting('server_version') AS version,
       pg_catalog.pg_is_in_recovery() AS in_recovery,
       pg_catalog.current_setting('default_transaction_read_only') = 'on' AS default_read_only,
       (SELECT c.system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system() AS c) AS system_identifier,
       d.datname::pg_catalog.text AS database,
       d.oid::pg_catalog.int8 AS database_oid,
       r.rolname::pg_catalog.text AS user_name,
       r.rolsuper AS superuser,
       r.rolcreaterole AS createrole,
       r.rolcreatedb AS createdb,
       r.rolconnlimit AS connection_limit,
       d.datconnlimit AS database_connection_limit,
       pg_catalog.has_database_privilege(d.oid, 'CREATE') AS may_create_in_database,
       pg_catalog.pg_has_role(d.datdba, 'USAGE') AS owns_database,
       pg_catalog.current_setting('max_connections')::pg_catalog.int4 AS max_connections,
       pg_catalog.current_setting('superuser_reserved_connections')::pg_catalog.int4 AS superuser_reserved,
       coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::pg_catalog.int4 AS reserved_connections,
       coalesce((SELECT s.ssl FROM pg_catalog.pg_stat_ssl AS s WHERE s.pid = pg_catalog.pg_backend_pid()), false) AS ssl
  FROM pg_catalog.pg_database AS d
 CROSS JOIN pg_catalog.pg_roles AS r
 WHERE d.datname = pg_catalog.current_database()
   AND r.rolname = current_user
