/* rolewright: migrate */
-- Stored reports. A report is a name and the version that runs now; what each version says is never changed, only added to;
-- and each publication leaves a row. Nobody but the owner may look: texts and defaults may tell what others may not read.
CREATE TABLE rolewright.report (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    published integer,
    removed_at timestamptz,
    removed_by text,
    CONSTRAINT report_name CHECK (name OPERATOR(pg_catalog.~) '^[a-z0-9_-]{1,63}$'),
    CONSTRAINT report_removed_runs_not CHECK (removed_at IS NULL OR published IS NULL)
);
CREATE TABLE rolewright.report_version (
    report_id bigint NOT NULL REFERENCES rolewright.report ON DELETE CASCADE,
    number integer NOT NULL CHECK (number > 0),
    title text NOT NULL,
    description text NOT NULL,
    connection text NOT NULL,
    text text NOT NULL,
    params jsonb NOT NULL,
    max_rows bigint CHECK (max_rows > 0),
    timeout_ms bigint CHECK (timeout_ms > 0),
    max_bytes bigint CHECK (max_bytes > 0),
    made_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    made_by text NOT NULL DEFAULT session_user,
    application text NOT NULL DEFAULT pg_catalog.current_setting('application_name'),
    PRIMARY KEY (report_id, number)
);
ALTER TABLE rolewright.report
    ADD CONSTRAINT report_published_exists FOREIGN KEY (id, published) REFERENCES rolewright.report_version (report_id, number);
CREATE TABLE rolewright.report_publication (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    report_id bigint NOT NULL,
    number integer NOT NULL,
    published_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    published_by text NOT NULL DEFAULT session_user,
    application text NOT NULL DEFAULT pg_catalog.current_setting('application_name'),
    FOREIGN KEY (report_id, number) REFERENCES rolewright.report_version (report_id, number) ON DELETE CASCADE
);
CREATE INDEX report_publication_of ON rolewright.report_publication (report_id, number, id);
CREATE FUNCTION rolewright.refuse_to_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
REVOKE ALL ON FUNCTION rolewright.refuse_to_change() FROM PUBLIC;
CREATE TRIGGER report_version_is_kept BEFORE UPDATE ON rolewright.report_version
    FOR EACH STATEMENT EXECUTE FUNCTION rolewright.refuse_to_change();
CREATE TRIGGER report_publication_is_kept BEFORE UPDATE ON rolewright.report_publication
    FOR EACH STATEMENT EXECUTE FUNCTION rolewright.refuse_to_change();
REVOKE ALL ON TABLE rolewright.report, rolewright.report_version, rolewright.report_publication FROM PUBLIC;
