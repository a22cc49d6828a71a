-- What decides about access has a version for each organization, and a note of what each version changed. Whoever keeps
-- it in memory reads the notes since the version it has. Triggers write them, so that no writer can forget to.
ALTER TABLE organization ADD COLUMN access_version INTEGER NOT NULL DEFAULT 0;

CREATE TABLE access_change (
    organization_id INTEGER NOT NULL REFERENCES organization (id),
    version INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('member', 'provider', 'key')),
    id INTEGER NOT NULL,
    PRIMARY KEY (organization_id, version)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER member_access_insert AFTER INSERT ON member BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = new.organization_id;
    INSERT INTO access_change SELECT id, access_version, 'member', new.id FROM organization
        WHERE id = new.organization_id;
END;

CREATE TRIGGER member_access_delete AFTER DELETE ON member BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = old.organization_id;
    INSERT INTO access_change SELECT id, access_version, 'member', old.id FROM organization
        WHERE id = old.organization_id;
END;

CREATE TRIGGER member_access_update AFTER UPDATE OF status, user_id ON member BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = new.organization_id;
    INSERT INTO access_change SELECT id, access_version, 'member', new.id FROM organization
        WHERE id = new.organization_id;
END;

-- Grants that go with their member are told by the member's own note.
CREATE TRIGGER provider_grant_access_insert AFTER INSERT ON provider_grant BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = (SELECT organization_id FROM member WHERE id = new.member_id);
    INSERT INTO access_change SELECT id, access_version, 'member', new.member_id FROM organization
        WHERE id = (SELECT organization_id FROM member WHERE id = new.member_id);
END;

CREATE TRIGGER provider_grant_access_update AFTER UPDATE ON provider_grant BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = (SELECT organization_id FROM member WHERE id = new.member_id);
    INSERT INTO access_change SELECT id, access_version, 'member', new.member_id FROM organization
        WHERE id = (SELECT organization_id FROM member WHERE id = new.member_id);
END;

CREATE TRIGGER provider_grant_access_delete AFTER DELETE ON provider_grant BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = (SELECT organization_id FROM member WHERE id = old.member_id);
    INSERT INTO access_change SELECT id, access_version, 'member', old.member_id FROM organization
        WHERE id = (SELECT organization_id FROM member WHERE id = old.member_id);
END;

CREATE TRIGGER provider_access_insert AFTER INSERT ON provider BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = new.organization_id;
    INSERT INTO access_change SELECT id, access_version, 'provider', new.id FROM organization
        WHERE id = new.organization_id;
END;

CREATE TRIGGER provider_access_delete AFTER DELETE ON provider BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = old.organization_id;
    INSERT INTO access_change SELECT id, access_version, 'provider', old.id FROM organization
        WHERE id = old.organization_id;
END;

CREATE TRIGGER provider_access_update AFTER UPDATE OF version, status, models_at ON provider BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = new.organization_id;
    INSERT INTO access_change SELECT id, access_version, 'provider', new.id FROM organization
        WHERE id = new.organization_id;
END;

CREATE TRIGGER virtual_key_access_insert AFTER INSERT ON virtual_key BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = new.organization_id;
    INSERT INTO access_change SELECT id, access_version, 'key', new.id FROM organization
        WHERE id = new.organization_id;
END;

CREATE TRIGGER virtual_key_access_delete AFTER DELETE ON virtual_key BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = old.organization_id;
    INSERT INTO access_change SELECT id, access_version, 'key', old.id FROM organization
        WHERE id = old.organization_id;
END;

CREATE TRIGGER virtual_key_access_update AFTER UPDATE OF member_id, name, secret_hash, scope, expires_at, revoked_at, previous_hash, previous_ends_at,
    requests_per_minute, tokens_per_day ON virtual_key BEGIN
    UPDATE organization SET access_version = access_version + 1
        WHERE id = new.organization_id;
    INSERT INTO access_change SELECT id, access_version, 'key', new.id FROM organization
        WHERE id = new.organization_id;
END;
