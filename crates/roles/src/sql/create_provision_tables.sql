/* rolewright: migrate */
-- What the provisioning engine remembers. `role_oid` tells a role from a later one of the same name. The audit table
-- fills in by itself who applied a change and from where. Nobody but the owner may look.
CREATE TABLE rolewright.role_fingerprint (
    role text PRIMARY KEY,
    role_oid oid NOT NULL,
    fingerprint text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
CREATE TABLE rolewright.provision_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    kind text NOT NULL,
    object text NOT NULL,
    role text NOT NULL,
    statement text NOT NULL,
    session_user_name text NOT NULL DEFAULT session_user,
    client_addr inet DEFAULT pg_catalog.inet_client_addr(),
    application_name text NOT NULL DEFAULT pg_catalog.current_setting('application_name'),
    version text NOT NULL,
    duration_us bigint NOT NULL
);
REVOKE ALL ON TABLE rolewright.role_fingerprint, rolewright.provision_log FROM PUBLIC;
