/* rolewright: migrate */
-- Remembers which installation this database belongs to, and where it lay, so that a copied or moved database is noticed
-- before anything is changed. The primary key over a column that can only be true keeps it to one row.
CREATE TABLE rolewright.installation (
    singleton boolean PRIMARY KEY DEFAULT true,
    id uuid NOT NULL,
    system_identifier text NOT NULL,
    database text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    CONSTRAINT installation_is_one_row CHECK (singleton)
);

REVOKE ALL ON TABLE rolewright.installation FROM PUBLIC;

COMMENT ON TABLE rolewright.installation IS
    'The Rolewright installation this database belongs to, and the cluster and database it was made in.';
