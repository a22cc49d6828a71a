-- Statement by statement, as those of access_changes.postgres.sql. A grant or a place in a team that goes with its provider
-- or team is not a decision about the row.
CREATE FUNCTION bulk_grant_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE bulk_part b SET changed_since = 1 FROM changed c JOIN provider p ON p.id = c.provider_id
        WHERE b.member_id = c.member_id AND b.part IN ('add_provider', 'remove_provider') AND b.target_id = c.provider_id
        AND b.changed_since = 0;
    RETURN NULL;
END $$;
CREATE TRIGGER bulk_grant_inserted AFTER INSERT ON provider_grant REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION bulk_grant_rows();
CREATE TRIGGER bulk_grant_updated AFTER UPDATE ON provider_grant REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION bulk_grant_rows();
CREATE TRIGGER bulk_grant_deleted AFTER DELETE ON provider_grant REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION bulk_grant_rows();

CREATE FUNCTION bulk_team_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE bulk_part b SET changed_since = 1 FROM changed c JOIN team t ON t.id = c.team_id
        WHERE b.member_id = c.member_id AND b.part IN ('add_team', 'remove_team') AND b.target_id = c.team_id
        AND b.changed_since = 0;
    RETURN NULL;
END $$;
CREATE TRIGGER bulk_team_inserted AFTER INSERT ON team_member REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION bulk_team_rows();
CREATE TRIGGER bulk_team_deleted AFTER DELETE ON team_member REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION bulk_team_rows();

CREATE FUNCTION bulk_member_edits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE bulk_part b SET changed_since = 1 FROM changed n JOIN before o ON o.id = n.id
        WHERE b.member_id = n.id AND b.changed_since = 0
        AND ((b.part = 'role' AND o.role <> n.role)
            OR (b.part IN ('suspend', 'reactivate') AND o.status <> n.status));
    RETURN NULL;
END $$;
CREATE TRIGGER bulk_member_updated AFTER UPDATE ON member REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION bulk_member_edits();

-- A row that is removed and brought back has had everything of it changed.
CREATE FUNCTION bulk_member_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE bulk_part b SET changed_since = 1 FROM changed c
        WHERE b.member_id = c.id AND b.part <> 'remove' AND b.changed_since = 0;
    RETURN NULL;
END $$;
CREATE TRIGGER bulk_member_deleted AFTER DELETE ON member REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION bulk_member_rows();
