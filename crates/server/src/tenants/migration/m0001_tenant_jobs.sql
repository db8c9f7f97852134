/* rolewright: migrate */
-- What was asked for tenants, and how far each of them has come, so that a job whose process was killed is gone on with. An item
-- whose state is `running` is being worked on as long as somebody holds its tenant's advisory lock. Nobody but the owner may look.
CREATE TABLE rolewright.tenant_job (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    module text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('add', 'upgrade', 'disable', 'enable', 'purge')),
    adopt boolean NOT NULL DEFAULT false,
    started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    finished_at timestamptz,
    started_by text NOT NULL DEFAULT session_user,
    application text NOT NULL DEFAULT pg_catalog.current_setting('application_name')
);
CREATE TABLE rolewright.tenant_job_item (
    job_id bigint NOT NULL REFERENCES rolewright.tenant_job ON DELETE CASCADE,
    tenant text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    detail text,
    started_at timestamptz,
    finished_at timestamptz,
    PRIMARY KEY (job_id, tenant)
);
CREATE INDEX ON rolewright.tenant_job (module) WHERE finished_at IS NULL;
CREATE INDEX ON rolewright.tenant_job_item (tenant);
REVOKE ALL ON TABLE rolewright.tenant_job, rolewright.tenant_job_item FROM PUBLIC;
