-- A move is told as a change of the budgets is, with which it is read.
CREATE TRIGGER time_zone_move_access_insert AFTER INSERT ON time_zone_move BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = new.organization_id;
    INSERT INTO access_change SELECT id, access_version, 'provider', new.id FROM organization
        WHERE id = new.organization_id;
END;
