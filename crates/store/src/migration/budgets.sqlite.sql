-- Budgets are told as a change of the providers, with which they are read.
CREATE TRIGGER budget_access_insert AFTER INSERT ON budget BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = new.organization_id;
    INSERT INTO access_change SELECT id, access_version, 'provider', new.id FROM organization
        WHERE id = new.organization_id;
END;

CREATE TRIGGER budget_access_update AFTER UPDATE ON budget BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = new.organization_id;
    INSERT INTO access_change SELECT id, access_version, 'provider', new.id FROM organization
        WHERE id = new.organization_id;
END;

CREATE TRIGGER budget_access_delete AFTER DELETE ON budget BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = old.organization_id;
    INSERT INTO access_change SELECT id, access_version, 'provider', old.id FROM organization
        WHERE id = old.organization_id;
END;
