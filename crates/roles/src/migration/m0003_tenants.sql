/* rolewright: migrate */
-- The tenants of a module. `role_oid` tells a role from a later one of the same name; `keeper` is NULL where an administrator made
-- the role by hand. A purged tenant's row stays. `tenant_holder` counts the tenants of each keeper and each login role, so that room for
-- one more is found by an index, however many there are. Nobody but the owner may look.
CREATE TABLE rolewright.tenant (
    module text NOT NULL,
    id text NOT NULL,
    role text NOT NULL UNIQUE,
    role_oid oid NOT NULL,
    bucket integer NOT NULL CHECK (bucket > 0),
    keeper integer CHECK (keeper > 0),
    state text NOT NULL CHECK (state IN ('adding', 'active', 'disabled', 'purging', 'purged')),
    version text,
    added_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    upgraded_at timestamptz,
    PRIMARY KEY (module, id)
);
CREATE TABLE rolewright.tenant_holder (
    module text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('keeper', 'login')),
    number integer NOT NULL CHECK (number > 0),
    used integer NOT NULL CHECK (used >= 0),
    PRIMARY KEY (module, kind, number)
);
CREATE INDEX ON rolewright.tenant_holder (module, kind, used);
REVOKE ALL ON TABLE rolewright.tenant, rolewright.tenant_holder FROM PUBLIC;
