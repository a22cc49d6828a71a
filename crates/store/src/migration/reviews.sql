-- Reviews of who can use what. The same conventions as in initial.sql. What a review says stays as it was at its start, so
-- that whom and what it names may be gone.
CREATE TABLE access_review (
    id {id},
    organization_id {int} NOT NULL REFERENCES organization (id),
    -- Whose access, as it is typed: everybody, team.3 or provider.4; and what that was called.
    scope {bytewise} NOT NULL,
    about text NOT NULL,
    -- The last day in the organization's time zone then, and the first instant after it.
    due_day {bytewise} NOT NULL,
    due_at {int} NOT NULL,
    started_by text NOT NULL,
    started_at {int} NOT NULL,
    lines {int} NOT NULL DEFAULT 0,
    -- Of the lines, kept with their verdicts.
    kept {int} NOT NULL DEFAULT 0,
    ended {int} NOT NULL DEFAULT 0,
    closed_by text,
    closed_at {int},
    CHECK ((closed_by IS NULL) = (closed_at IS NULL))
) {table};
CREATE INDEX access_review_organization ON access_review (organization_id, id);

-- One person's access to one provider by one source; their ids are in the order in which they are shown.
CREATE TABLE access_review_line (
    id {id},
    review_id {int} NOT NULL REFERENCES access_review (id) ON DELETE CASCADE,
    member_id {int} NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    provider_id {int} NOT NULL,
    provider_name text NOT NULL,
    -- Null is a grant of the member's own.
    team_id {int},
    team_name text,
    since {int} NOT NULL,
    given_by text,
    ends_at {int},
    last_used {int},
    verdict {bytewise} CHECK (verdict IN ('keep', 'end')),
    note text NOT NULL DEFAULT '',
    decided_by text,
    decided_at {int},
    CHECK ((verdict IS NULL) = (decided_by IS NULL) AND (verdict IS NULL) = (decided_at IS NULL))
) {table};
CREATE INDEX access_review_line_review ON access_review_line (review_id, id);
CREATE INDEX access_review_line_undecided ON access_review_line (review_id, id) WHERE verdict IS NULL;

-- When somebody last used a provider is looked up for each line of a new review.
CREATE INDEX usage_day_use ON usage_day (organization_id, member_id, provider_id, at);
