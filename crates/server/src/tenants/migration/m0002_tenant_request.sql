/* rolewright: migrate */
-- What the tenant interface was asked, under the number that its caller was given. `next` is what is done once the job is: a tenant
-- that was disabled is enabled first and made after that.
CREATE TABLE rolewright.tenant_request (
    id uuid PRIMARY KEY,
    module text NOT NULL,
    tenant text NOT NULL,
    attributes jsonb NOT NULL,
    job_id bigint NOT NULL REFERENCES rolewright.tenant_job ON DELETE CASCADE,
    next text CHECK (next IN ('add')),
    asked_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
CREATE INDEX ON rolewright.tenant_request (job_id);
REVOKE ALL ON TABLE rolewright.tenant_request FROM PUBLIC;
