-- What decides about access has a version for each organization, and a note of what each version changed. Whoever keeps
-- it in memory reads the notes since the version it has. Triggers write them, so that no writer can forget to. Counting
-- the version up locks the organization's row until the end of the transaction: versions are committed in order.
ALTER TABLE organization ADD COLUMN access_version bigint NOT NULL DEFAULT 0;

CREATE TABLE access_change (
    organization_id bigint NOT NULL REFERENCES organization (id),
    version bigint NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('member', 'provider', 'key')),
    id bigint NOT NULL,
    PRIMARY KEY (organization_id, version, kind, id)
);

CREATE FUNCTION note_access_changes(what text, organizations bigint[], ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    one bigint;
    reached bigint;
BEGIN
    FOR one IN SELECT DISTINCT o FROM unnest(organizations) AS o ORDER BY o LOOP
        UPDATE organization SET access_version = access_version + 1 WHERE id = one
            RETURNING access_version INTO reached;
        CONTINUE WHEN NOT FOUND;
        INSERT INTO access_change
            SELECT DISTINCT one, reached, what, pair.id FROM unnest(organizations, ids) AS pair (o, id) WHERE pair.o = one;
        PERFORM pg_notify('gatehouse_access', one::text);
    END LOOP;
END $$;

-- Statement by statement: row by row, a large statement would write as many versions of the organization's row.
CREATE FUNCTION note_member_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_access_changes('member', array_agg(organization_id), array_agg(id)) FROM changed;
    RETURN NULL;
END $$;
CREATE FUNCTION note_member_edits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_access_changes('member', array_agg(n.organization_id), array_agg(n.id))
        FROM changed n JOIN before o ON o.id = n.id
        WHERE (o.status, o.user_id) IS DISTINCT FROM (n.status, n.user_id);
    RETURN NULL;
END $$;
CREATE TRIGGER member_inserted AFTER INSERT ON member REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_member_rows();
CREATE TRIGGER member_deleted AFTER DELETE ON member REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_member_rows();
CREATE TRIGGER member_updated AFTER UPDATE ON member REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_member_edits();

-- Grants that go with their member are told by the member's own note.
CREATE FUNCTION note_grant_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_access_changes('member', array_agg(m.organization_id), array_agg(m.id))
        FROM (SELECT DISTINCT member_id FROM changed) g JOIN member m ON m.id = g.member_id;
    RETURN NULL;
END $$;
CREATE TRIGGER grant_inserted AFTER INSERT ON provider_grant REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_grant_rows();
CREATE TRIGGER grant_deleted AFTER DELETE ON provider_grant REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_grant_rows();
CREATE TRIGGER grant_updated AFTER UPDATE ON provider_grant REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_grant_rows();

CREATE FUNCTION note_provider_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_access_changes('provider', array_agg(organization_id), array_agg(id)) FROM changed;
    RETURN NULL;
END $$;
CREATE FUNCTION note_provider_edits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_access_changes('provider', array_agg(n.organization_id), array_agg(n.id))
        FROM changed n JOIN before o ON o.id = n.id
        WHERE (o.version, o.status, o.models_at) IS DISTINCT FROM (n.version, n.status, n.models_at);
    RETURN NULL;
END $$;
CREATE TRIGGER provider_inserted AFTER INSERT ON provider REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_provider_rows();
CREATE TRIGGER provider_deleted AFTER DELETE ON provider REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_provider_rows();
CREATE TRIGGER provider_updated AFTER UPDATE ON provider REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_provider_edits();

CREATE FUNCTION note_key_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_access_changes('key', array_agg(organization_id), array_agg(id)) FROM changed;
    RETURN NULL;
END $$;
CREATE FUNCTION note_key_edits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_access_changes('key', array_agg(n.organization_id), array_agg(n.id))
        FROM changed n JOIN before o ON o.id = n.id
        WHERE to_jsonb(o) - 'last_used_at' IS DISTINCT FROM to_jsonb(n) - 'last_used_at';
    RETURN NULL;
END $$;
CREATE TRIGGER key_inserted AFTER INSERT ON virtual_key REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_key_rows();
CREATE TRIGGER key_deleted AFTER DELETE ON virtual_key REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_key_rows();
CREATE TRIGGER key_updated AFTER UPDATE ON virtual_key REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_key_edits();
