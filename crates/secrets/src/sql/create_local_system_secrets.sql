/* rolewright: migrate */
-- Holds sealed values only. It is nobody's but the owner's, and must stay out of publications, triggers and views.
CREATE TABLE rolewright.local_system_secrets (
    key text PRIMARY KEY,
    value text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    updated_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    CONSTRAINT local_system_secrets_key_length CHECK (pg_catalog.char_length(key) BETWEEN 1 AND 200)
);

REVOKE ALL ON TABLE rolewright.local_system_secrets FROM PUBLIC;

COMMENT ON TABLE rolewright.local_system_secrets IS
    'Values sealed by Rolewright (AES-256-GCM). Keep it out of publications, triggers, views and grants.';
