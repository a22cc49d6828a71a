-- A price is told as a change of the providers, with which it is read.
CREATE TRIGGER own_price_access_insert AFTER INSERT ON own_price BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = new.organization_id;
    INSERT INTO access_change SELECT id, access_version, 'provider', new.id FROM organization
        WHERE id = new.organization_id;
END;
