-- Members ask for providers, and others decide. The same conventions as in initial.sql.
CREATE TABLE access_request (
    id {id},
    organization_id {int} NOT NULL REFERENCES organization (id),
    member_id {int} NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    provider_id {int} NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    reason text NOT NULL,
    -- Until when it is wanted; null is without end.
    wanted_until {int},
    asked_at {int} NOT NULL,
    state {bytewise} NOT NULL CHECK (state IN ('open', 'approved', 'declined', 'withdrawn')),
    closed_by {int} REFERENCES app_user (id) ON DELETE SET NULL,
    closed_at {int},
    -- What was said when it was closed.
    note text NOT NULL DEFAULT '',
    approved_until {int},
    CHECK ((state = 'open') = (closed_at IS NULL))
) {table};
-- Asking twice is one request.
CREATE UNIQUE INDEX access_request_open ON access_request (member_id, provider_id) WHERE state = 'open';
CREATE INDEX access_request_queue ON access_request (organization_id, id) WHERE state = 'open';
CREATE INDEX access_request_member ON access_request (member_id, id);
CREATE INDEX access_request_provider ON access_request (provider_id);
