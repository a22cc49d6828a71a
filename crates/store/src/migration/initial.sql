-- One text for both databases; words in braces are filled in by the migration.
-- Instants are Unix milliseconds. Names of roles, statuses and states are those of the domain's types.
-- `{bytewise}` columns are compared and ordered byte by byte on both.

CREATE TABLE instance (
    id {int} PRIMARY KEY CHECK (id = 1),
    set_up_at {int}
) {table};
INSERT INTO instance (id) VALUES (1);

CREATE TABLE organization (
    id {id},
    slug {bytewise} NOT NULL UNIQUE,
    name text NOT NULL,
    created_at {int} NOT NULL
) {table};

CREATE TABLE app_user (
    id {id},
    name text NOT NULL,
    email text NOT NULL,
    email_identity {bytewise} NOT NULL UNIQUE,
    password_hash text,
    created_at {int} NOT NULL,
    last_login_at {int}
) {table};

CREATE TABLE session (
    id {id},
    token_hash {bytes} NOT NULL UNIQUE,
    user_id {int} NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    created_at {int} NOT NULL,
    last_seen_at {int} NOT NULL,
    expires_at {int} NOT NULL
) {table};
CREATE INDEX session_of_user ON session (user_id);
CREATE INDEX session_end ON session (expires_at);

-- One row for each line of the AI Access table: members, and invitations that may become one.
CREATE TABLE member (
    id {id},
    organization_id {int} NOT NULL REFERENCES organization (id),
    user_id {int} REFERENCES app_user (id),
    email text NOT NULL,
    email_identity {bytewise} NOT NULL,
    name text NOT NULL,
    -- The ICU sort key of the name (root locale); null where there is no name.
    name_key {bytes},
    role {bytewise} NOT NULL CHECK (role IN ('member', 'auditor', 'admin', 'owner')),
    -- An expired invitation is an invited row whose time is over.
    status {bytewise} NOT NULL CHECK (status IN ('active', 'suspended', 'invited')),
    expires_at {int},
    last_login_at {int},
    -- Folded name, e-mail and key names, a line each; written by one function only.
    search_text {bytewise} NOT NULL,
    -- Keys that are not revoked.
    key_count {int} NOT NULL DEFAULT 0,
    -- Until when a provider that is active is allowed: null is none, the largest number is without end.
    -- Kept with grants and providers, so that those without can be counted and found by an index.
    allowed_until {int},
    version {int} NOT NULL DEFAULT 1,
    created_at {int} NOT NULL,
    UNIQUE (user_id, organization_id),
    CHECK ((status = 'invited') = (user_id IS NULL)),
    CHECK ((status = 'invited') = (expires_at IS NOT NULL))
) {table};
CREATE UNIQUE INDEX member_email ON member (organization_id, email_identity);
CREATE INDEX member_status ON member (organization_id, status, allowed_until);

CREATE TABLE invitation (
    id {id},
    organization_id {int} NOT NULL REFERENCES organization (id),
    member_id {int} REFERENCES member (id) ON DELETE SET NULL,
    email text NOT NULL,
    email_identity {bytewise} NOT NULL,
    role {bytewise} NOT NULL,
    token_hash {bytes} NOT NULL UNIQUE,
    token_sealed {bytes} NOT NULL,
    state {bytewise} NOT NULL CHECK (state IN ('pending', 'accepted', 'revoked', 'replaced')),
    invited_by {int} REFERENCES app_user (id) ON DELETE SET NULL,
    created_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    accepted_at {int},
    revoked_at {int}
) {table};
CREATE UNIQUE INDEX invitation_pending ON invitation (organization_id, email_identity) WHERE state = 'pending';
CREATE INDEX invitation_member ON invitation (member_id);

CREATE TABLE team (
    id {id},
    organization_id {int} NOT NULL REFERENCES organization (id),
    name text NOT NULL,
    name_folded {bytewise} NOT NULL,
    name_key {bytes} NOT NULL,
    version {int} NOT NULL DEFAULT 1,
    created_at {int} NOT NULL,
    UNIQUE (organization_id, name_folded)
) {table};

CREATE TABLE team_member (
    team_id {int} NOT NULL REFERENCES team (id) ON DELETE CASCADE,
    member_id {int} NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    role {bytewise} NOT NULL CHECK (role IN ('member', 'lead')),
    PRIMARY KEY (team_id, member_id)
) {pair};
CREATE INDEX team_member_member ON team_member (member_id, team_id);

CREATE TABLE provider (
    id {id},
    organization_id {int} NOT NULL REFERENCES organization (id),
    name text NOT NULL,
    name_folded {bytewise} NOT NULL,
    name_key {bytes} NOT NULL,
    slug {bytewise} NOT NULL,
    api_type {bytewise} NOT NULL,
    base_url text NOT NULL,
    description text NOT NULL,
    credential_sealed {bytes},
    status {bytewise} NOT NULL CHECK (status IN ('active', 'inactive')),
    version {int} NOT NULL DEFAULT 1,
    created_at {int} NOT NULL,
    UNIQUE (organization_id, slug),
    UNIQUE (organization_id, name_folded)
) {table};

CREATE TABLE provider_grant (
    member_id {int} NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    provider_id {int} NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    granted_by {int} REFERENCES app_user (id) ON DELETE SET NULL,
    granted_at {int} NOT NULL,
    ends_at {int},
    PRIMARY KEY (member_id, provider_id)
) {pair};
CREATE INDEX provider_grant_provider ON provider_grant (provider_id, member_id, ends_at);

-- Keys outlive their member, revoked, so that what was done with them can still be told.
CREATE TABLE virtual_key (
    id {id},
    organization_id {int} NOT NULL REFERENCES organization (id),
    member_id {int} REFERENCES member (id) ON DELETE SET NULL,
    user_id {int} NOT NULL REFERENCES app_user (id),
    name text NOT NULL,
    name_folded {bytewise} NOT NULL,
    name_key {bytes} NOT NULL,
    public_id {bytewise} NOT NULL UNIQUE,
    secret_hash {bytes} NOT NULL,
    last_four text NOT NULL,
    -- JSON list of provider ids; null for all that its owner has.
    scope text,
    created_at {int} NOT NULL,
    expires_at {int},
    revoked_at {int}
) {table};
CREATE INDEX virtual_key_member ON virtual_key (member_id);
CREATE INDEX virtual_key_listed ON virtual_key (organization_id, member_id, name_folded) WHERE revoked_at IS NULL;

CREATE TABLE audit (
    id {id},
    organization_id {int} REFERENCES organization (id),
    at {int} NOT NULL,
    actor_user_id {int} REFERENCES app_user (id) ON DELETE SET NULL,
    actor_email text NOT NULL,
    action {bytewise} NOT NULL,
    target_kind {bytewise} NOT NULL,
    target_id {int},
    target_label text NOT NULL,
    -- JSON of what changed.
    before text,
    after text
) {table};
CREATE INDEX audit_organization ON audit (organization_id, id);

CREATE TABLE idempotency (
    organization_id {int} NOT NULL REFERENCES organization (id),
    actor_user_id {int} NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    key {bytewise} NOT NULL,
    request_hash {bytes} NOT NULL,
    response text NOT NULL,
    created_at {int} NOT NULL,
    PRIMARY KEY (organization_id, actor_user_id, key)
) {pair};
CREATE INDEX idempotency_age ON idempotency (created_at);
