/* rolewright: migrate */
-- What the roles with `new_tables = "hold"` may read of the relations they ask for. A role has a row in `held_role` from
-- its first provisioning so; `relation_oid` tells a relation from a later one of the same name. Nobody but the owner may look.
CREATE TABLE rolewright.held_role (
    role text PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
CREATE TABLE rolewright.accepted_relation (
    role text NOT NULL REFERENCES rolewright.held_role ON DELETE CASCADE,
    schema_name text NOT NULL,
    relation_name text NOT NULL,
    relation_oid oid NOT NULL,
    accepted_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    accepted_by text NOT NULL DEFAULT session_user,
    PRIMARY KEY (role, relation_oid)
);
REVOKE ALL ON TABLE rolewright.held_role, rolewright.accepted_relation FROM PUBLIC;
