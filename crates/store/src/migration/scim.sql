-- What a directory keeps by SCIM (RFC 7643, 7644). The same conventions as in initial.sql.
CREATE TABLE scim_token (
    id {id},
    organization_id {int} NOT NULL REFERENCES organization (id),
    name text NOT NULL,
    token_hash {bytes} NOT NULL UNIQUE,
    created_by {int} REFERENCES app_user (id) ON DELETE SET NULL,
    created_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    revoked_at {int},
    last_used_at {int}
) {table};
CREATE INDEX scim_token_organization ON scim_token (organization_id, id);

-- The members that SCIM made or linked; it sees no others.
CREATE TABLE scim_user (
    member_id {int} PRIMARY KEY REFERENCES member (id) ON DELETE CASCADE,
    organization_id {int} NOT NULL REFERENCES organization (id),
    -- Null where SCIM made the member, else when it linked one that was there.
    linked_at {int},
    -- The user name with its letter case folded.
    user_name_folded {bytewise} NOT NULL,
    external_id {bytewise},
    -- The attributes that are kept, as JSON.
    kept text NOT NULL,
    modified_at {int} NOT NULL,
    version {int} NOT NULL DEFAULT 1,
    UNIQUE (organization_id, user_name_folded)
) {table};
CREATE INDEX scim_user_listed ON scim_user (organization_id, member_id);
CREATE INDEX scim_user_external ON scim_user (organization_id, external_id);

-- The teams that SCIM made.
CREATE TABLE scim_group (
    team_id {int} PRIMARY KEY REFERENCES team (id) ON DELETE CASCADE,
    organization_id {int} NOT NULL REFERENCES organization (id),
    external_id {bytewise},
    modified_at {int} NOT NULL,
    version {int} NOT NULL DEFAULT 1
) {table};
CREATE INDEX scim_group_listed ON scim_group (organization_id, team_id);
CREATE INDEX scim_group_external ON scim_group (organization_id, external_id);

-- Who put somebody into a team: a person, SCIM, or both. What one of them takes back, the other's place stays.
ALTER TABLE team_member ADD COLUMN by_hand {int} NOT NULL DEFAULT 1;
ALTER TABLE team_member ADD COLUMN by_scim {int} NOT NULL DEFAULT 0;
