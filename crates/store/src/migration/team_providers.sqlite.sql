-- Who is in which team is told as a change of the member. When the whole team goes, nobody need be told: its providers
-- go with it, which is told, and its id is never used again.
CREATE TRIGGER team_member_access_insert AFTER INSERT ON team_member BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = (SELECT organization_id FROM member WHERE id = new.member_id);
    INSERT INTO access_change SELECT id, access_version, 'member', new.member_id FROM organization
        WHERE id = (SELECT organization_id FROM member WHERE id = new.member_id);
END;

CREATE TRIGGER team_member_access_delete AFTER DELETE ON team_member
WHEN EXISTS (SELECT 1 FROM team WHERE id = old.team_id) BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = (SELECT organization_id FROM member WHERE id = old.member_id);
    INSERT INTO access_change SELECT id, access_version, 'member', old.member_id FROM organization
        WHERE id = (SELECT organization_id FROM member WHERE id = old.member_id);
END;

-- What teams carry is told as a change of the provider.
CREATE TRIGGER team_provider_access_insert AFTER INSERT ON team_provider BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = (SELECT organization_id FROM provider WHERE id = new.provider_id);
    INSERT INTO access_change SELECT id, access_version, 'provider', new.provider_id FROM organization
        WHERE id = (SELECT organization_id FROM provider WHERE id = new.provider_id);
END;

CREATE TRIGGER team_provider_access_update AFTER UPDATE ON team_provider BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = (SELECT organization_id FROM provider WHERE id = new.provider_id);
    INSERT INTO access_change SELECT id, access_version, 'provider', new.provider_id FROM organization
        WHERE id = (SELECT organization_id FROM provider WHERE id = new.provider_id);
END;

CREATE TRIGGER team_provider_access_delete AFTER DELETE ON team_provider BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = (SELECT organization_id FROM provider WHERE id = old.provider_id);
    INSERT INTO access_change SELECT id, access_version, 'provider', old.provider_id FROM organization
        WHERE id = (SELECT organization_id FROM provider WHERE id = old.provider_id);
END;
