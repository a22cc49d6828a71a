-- A grant or a place in a team that goes with its provider or team is not a decision about the row.
CREATE TRIGGER bulk_grant_insert AFTER INSERT ON provider_grant BEGIN
    UPDATE bulk_part SET changed_since = 1 WHERE member_id = new.member_id
        AND part IN ('add_provider', 'remove_provider') AND target_id = new.provider_id AND changed_since = 0;
END;

CREATE TRIGGER bulk_grant_update AFTER UPDATE ON provider_grant BEGIN
    UPDATE bulk_part SET changed_since = 1 WHERE member_id = new.member_id
        AND part IN ('add_provider', 'remove_provider') AND target_id = new.provider_id AND changed_since = 0;
END;

CREATE TRIGGER bulk_grant_delete AFTER DELETE ON provider_grant
WHEN EXISTS (SELECT 1 FROM provider WHERE id = old.provider_id) BEGIN
    UPDATE bulk_part SET changed_since = 1 WHERE member_id = old.member_id
        AND part IN ('add_provider', 'remove_provider') AND target_id = old.provider_id AND changed_since = 0;
END;

CREATE TRIGGER bulk_team_insert AFTER INSERT ON team_member BEGIN
    UPDATE bulk_part SET changed_since = 1 WHERE member_id = new.member_id
        AND part IN ('add_team', 'remove_team') AND target_id = new.team_id AND changed_since = 0;
END;

CREATE TRIGGER bulk_team_delete AFTER DELETE ON team_member
WHEN EXISTS (SELECT 1 FROM team WHERE id = old.team_id) BEGIN
    UPDATE bulk_part SET changed_since = 1 WHERE member_id = old.member_id
        AND part IN ('add_team', 'remove_team') AND target_id = old.team_id AND changed_since = 0;
END;

CREATE TRIGGER bulk_role_update AFTER UPDATE OF role ON member WHEN old.role <> new.role BEGIN
    UPDATE bulk_part SET changed_since = 1 WHERE member_id = new.id AND part = 'role' AND changed_since = 0;
END;

CREATE TRIGGER bulk_status_update AFTER UPDATE OF status ON member WHEN old.status <> new.status BEGIN
    UPDATE bulk_part SET changed_since = 1 WHERE member_id = new.id
        AND part IN ('suspend', 'reactivate') AND changed_since = 0;
END;

-- A row that is removed and brought back has had everything of it changed.
CREATE TRIGGER bulk_member_delete AFTER DELETE ON member BEGIN
    UPDATE bulk_part SET changed_since = 1 WHERE member_id = old.id AND part <> 'remove' AND changed_since = 0;
END;
