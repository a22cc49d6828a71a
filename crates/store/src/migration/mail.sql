-- Mail to be sent, and links for a new password. The same conventions as in initial.sql.
CREATE TABLE mail (
    id {id},
    -- Null where it concerns an account and no organization.
    organization_id {int} REFERENCES organization (id),
    kind text NOT NULL,
    -- The row of AI Access it is about.
    member_id {int} REFERENCES member (id) ON DELETE CASCADE,
    user_id {int} REFERENCES app_user (id) ON DELETE CASCADE,
    recipient text NOT NULL,
    -- What the message tells, as JSON; never a secret.
    details text NOT NULL,
    state text NOT NULL,
    attempts {int} NOT NULL DEFAULT 0,
    -- When it is tried next; while it is being tried, when another server may.
    due_at {int} NOT NULL,
    -- What the last try came to.
    problem text NOT NULL DEFAULT '',
    created_at {int} NOT NULL,
    ended_at {int}
) {table};
CREATE INDEX mail_due ON mail (due_at) WHERE state = 'queued';
CREATE INDEX mail_member ON mail (member_id, id) WHERE member_id IS NOT NULL;
CREATE INDEX mail_user ON mail (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX mail_ended ON mail (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE password_reset (
    id {id},
    user_id {int} NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    token_hash {bytes} NOT NULL UNIQUE,
    token_sealed {bytes} NOT NULL,
    created_at {int} NOT NULL,
    expires_at {int} NOT NULL
) {table};
CREATE INDEX password_reset_user ON password_reset (user_id, created_at);
