/* rolewright: migrate */
-- Whoever reads a table of records reads `term` and `opening` by its policy, which asks for SELECT and not for the schema. Nobody but
-- core has USAGE on that schema, so that nobody can name them; and no statistics are kept of what is in them.
CREATE SCHEMA rolewright_consent;
CREATE SCHEMA rolewright_break_glass;

-- The kinds of records that there are, and the type their keys are compared in.
CREATE TABLE rolewright_consent.kind (
    name text COLLATE "C" PRIMARY KEY,
    key_type text NOT NULL CHECK (key_type IN ('uuid', 'bigint', 'text')),
    by_default text NOT NULL CHECK (by_default IN ('allow', 'deny'))
);
COMMENT ON TABLE rolewright_consent.kind IS 'Rolewright: the kinds of records that may be withdrawn';

-- Who may open records of a kind.
CREATE TABLE rolewright_consent.opener (
    kind text COLLATE "C" NOT NULL,
    role text COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, role)
);
COMMENT ON TABLE rolewright_consent.opener IS 'Rolewright: the roles that may open a record for a reason, until a time';

-- All that was ever said.
CREATE TABLE rolewright_consent.saying (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    record text COLLATE "C" NOT NULL,
    role text COLLATE "C",
    subject text COLLATE "C",
    effect text NOT NULL CHECK (effect IN ('revoke', 'allow')),
    starts timestamptz NOT NULL,
    ends timestamptz NOT NULL,
    reason text,
    said_by text NOT NULL,
    said_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    session_user_name text NOT NULL DEFAULT SESSION_USER,
    CHECK (role IS NULL OR subject IS NULL),
    CHECK (starts < ends)
);
CREATE INDEX saying_record ON rolewright_consent.saying (kind, record, id);
COMMENT ON TABLE rolewright_consent.saying IS 'Rolewright: what was said of records; added to, and never changed';

-- What follows from it: for each record, and each of those it was said for, at any moment at most one term.
CREATE TABLE rolewright_consent.term (
    kind text COLLATE "C" NOT NULL,
    record text COLLATE "C" NOT NULL,
    role text COLLATE "C",
    subject text COLLATE "C",
    effect text NOT NULL,
    starts timestamptz NOT NULL,
    ends timestamptz NOT NULL,
    saying bigint NOT NULL
);
CREATE INDEX term_record ON rolewright_consent.term (kind, record, effect);
CREATE INDEX term_role ON rolewright_consent.term (role) WHERE role IS NOT NULL;
ALTER TABLE rolewright_consent.term ALTER COLUMN record SET STATISTICS 0, ALTER COLUMN role SET STATISTICS 0,
    ALTER COLUMN subject SET STATISTICS 0, ALTER COLUMN starts SET STATISTICS 0, ALTER COLUMN ends SET STATISTICS 0;
GRANT SELECT (kind, record, role, subject, effect, starts, ends) ON rolewright_consent.term TO PUBLIC;
COMMENT ON TABLE rolewright_consent.term IS 'Rolewright: what holds of records, and when';

-- What was opened all the same.
CREATE TABLE rolewright_consent.opening (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    record text COLLATE "C" NOT NULL,
    role text COLLATE "C" NOT NULL,
    ends timestamptz NOT NULL,
    reason text NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    subject text,
    session_user_name text NOT NULL DEFAULT SESSION_USER,
    client_addr inet DEFAULT pg_catalog.inet_client_addr(),
    application_name text NOT NULL DEFAULT pg_catalog.current_setting('application_name')
);
CREATE INDEX opening_record ON rolewright_consent.opening (kind, record);
ALTER TABLE rolewright_consent.opening ALTER COLUMN record SET STATISTICS 0, ALTER COLUMN role SET STATISTICS 0,
    ALTER COLUMN ends SET STATISTICS 0;
GRANT SELECT (kind, record, role, ends) ON rolewright_consent.opening TO PUBLIC;
COMMENT ON TABLE rolewright_consent.opening IS 'Rolewright: records that were opened for a reason, until a time; added to, and never changed';

CREATE FUNCTION rolewright_consent.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'what is in %.% is added to, and never changed', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON rolewright_consent.saying
    FOR EACH STATEMENT EXECUTE FUNCTION rolewright_consent.refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON rolewright_consent.opening
    FOR EACH STATEMENT EXECUTE FUNCTION rolewright_consent.refuse_change();

-- A record's key as the policies compare it: '007' and '7' are one number, and a UUID has one form.
CREATE FUNCTION rolewright_consent.canonical(a_kind text, a_record text) RETURNS text LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    kind_key_type text;
BEGIN
    SELECT k.key_type INTO kind_key_type FROM rolewright_consent.kind k WHERE k.name = a_kind;
    RETURN CASE kind_key_type WHEN 'uuid' THEN a_record::uuid::text WHEN 'bigint' THEN a_record::bigint::text
                              WHEN 'text' THEN a_record END;
END $$;

-- Says one thing of many records: the history is added to, and of what held before, the time that this is said for is replaced.
CREATE FUNCTION rolewright_consent.say(
    a_kind text, the_records text[], an_effect text, a_role text DEFAULT NULL, a_subject text DEFAULT NULL,
    from_when timestamptz DEFAULT NULL, until_when timestamptz DEFAULT NULL, a_reason text DEFAULT NULL,
    by_whom text DEFAULT SESSION_USER
) RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    -- A plan that was made while there were few terms is kept for the session, and must be as good when there are many.
    SET enable_seqscan = off AS $$
DECLARE
    the_start timestamptz := coalesce(from_when, now());
    the_end timestamptz := coalesce(until_when, 'infinity');
    records text[];
    sayings bigint[];
BEGIN
    IF NOT EXISTS (SELECT FROM rolewright_consent.kind k WHERE k.name = a_kind) THEN
        RAISE EXCEPTION 'there is no kind of records %', a_kind USING ERRCODE = 'undefined_object';
    END IF;
    -- Two at once would leave two terms for one moment.
    PERFORM pg_advisory_xact_lock(hashtextextended('rolewright_consent ' || a_kind, 0));
    WITH asked AS (
        SELECT DISTINCT rolewright_consent.canonical(a_kind, r) AS record FROM unnest(the_records) r WHERE r IS NOT NULL
    ), added AS (
        INSERT INTO rolewright_consent.saying (kind, record, role, subject, effect, starts, ends, reason, said_by)
        SELECT a_kind, a.record, a_role, a_subject, an_effect, the_start, the_end, a_reason, by_whom FROM asked a
        RETURNING id, record
    )
    SELECT array_agg(a.record), array_agg(a.id) INTO records, sayings FROM added a;
    -- What goes on after this.
    INSERT INTO rolewright_consent.term (kind, record, role, subject, effect, starts, ends, saying)
    SELECT t.kind, t.record, t.role, t.subject, t.effect, the_end, t.ends, t.saying
    FROM rolewright_consent.term t
    WHERE t.kind = a_kind AND t.record = ANY (records) AND t.role IS NOT DISTINCT FROM a_role AND t.subject IS NOT DISTINCT FROM a_subject
      AND t.starts < the_end AND t.ends > the_end;
    -- What begins within it.
    DELETE FROM rolewright_consent.term t
    WHERE t.kind = a_kind AND t.record = ANY (records) AND t.role IS NOT DISTINCT FROM a_role
      AND t.subject IS NOT DISTINCT FROM a_subject AND t.starts >= the_start AND t.starts < the_end;
    -- What has begun before.
    UPDATE rolewright_consent.term t SET ends = the_start
    WHERE t.kind = a_kind AND t.record = ANY (records) AND t.role IS NOT DISTINCT FROM a_role
      AND t.subject IS NOT DISTINCT FROM a_subject AND t.starts < the_start AND t.ends > the_start;
    INSERT INTO rolewright_consent.term (kind, record, role, subject, effect, starts, ends, saying)
    SELECT a_kind, s.record, a_role, a_subject, an_effect, the_start, the_end, s.saying
    FROM unnest(records, sayings) s (record, saying);
    RETURN coalesce(cardinality(records), 0);
END $$;
REVOKE ALL ON FUNCTION rolewright_consent.refuse_change(), rolewright_consent.canonical(text, text),
    rolewright_consent.say(text, text[], text, text, text, timestamptz, timestamptz, text, text) FROM PUBLIC;

-- Opens one record for whoever calls, where the kind lets it: for a reason, and for a day at most. Whoever calls is the role that the
-- session has become, or the one it logged in as; no setting that anybody may set says it.
CREATE FUNCTION rolewright_break_glass.open(a_kind text, a_record text, a_reason text, until_when timestamptz DEFAULT NULL)
    RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    caller text := CASE current_setting('role') WHEN 'none' THEN SESSION_USER::text ELSE current_setting('role') END;
    the_end timestamptz := coalesce(until_when, now() + interval '1 hour');
    opened bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM rolewright_consent.opener o
                   WHERE o.kind = a_kind AND coalesce(pg_has_role(caller, to_regrole(quote_ident(o.role)), 'USAGE'), false)) THEN
        RAISE EXCEPTION 'the role % may not open records of this kind', caller USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF length(btrim(coalesce(a_reason, ''))) < 3 THEN
        RAISE EXCEPTION 'a record is opened for a reason' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF the_end <= now() OR the_end > now() + interval '24 hours' THEN
        RAISE EXCEPTION 'a record is opened until a time within 24 hours' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO rolewright_consent.opening (kind, record, role, ends, reason, subject)
    VALUES (a_kind, rolewright_consent.canonical(a_kind, a_record), caller, the_end, btrim(a_reason),
            nullif(current_setting('rolewright.subject', true), ''))
    RETURNING id INTO opened;
    RAISE LOG 'rolewright: opening % of consent: the role % opened a record of kind % until %', opened, caller, a_kind, the_end;
    PERFORM pg_notify('rolewright_break_glass', opened::text);
    RETURN opened;
END $$;
REVOKE ALL ON FUNCTION rolewright_break_glass.open(text, text, text, timestamptz) FROM PUBLIC;
