-- Who is in which team is told as a change of the member. When the whole team goes, nobody need be told: its providers
-- go with it, which is told, and its id is never used again.
CREATE FUNCTION note_team_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_access_changes('member', array_agg(m.organization_id), array_agg(m.id))
        FROM (SELECT DISTINCT tm.member_id FROM changed tm JOIN team t ON t.id = tm.team_id) g
        JOIN member m ON m.id = g.member_id;
    RETURN NULL;
END $$;
CREATE TRIGGER team_member_inserted AFTER INSERT ON team_member REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_team_members();
CREATE TRIGGER team_member_deleted AFTER DELETE ON team_member REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_team_members();

-- What teams carry is told as a change of the provider.
CREATE FUNCTION note_team_providers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_access_changes('provider', array_agg(p.organization_id), array_agg(p.id))
        FROM (SELECT DISTINCT provider_id FROM changed) g JOIN provider p ON p.id = g.provider_id;
    RETURN NULL;
END $$;
CREATE TRIGGER team_provider_inserted AFTER INSERT ON team_provider REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_team_providers();
CREATE TRIGGER team_provider_deleted AFTER DELETE ON team_provider REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_team_providers();
CREATE TRIGGER team_provider_updated AFTER UPDATE ON team_provider REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_team_providers();
