-- Budgets, and what is spent of each in its latest period. The same conventions as in initial.sql. Whose requests a budget
-- counts is the one of member_id, team_id, provider_id and key_id that is there; none is everybody's.
CREATE TABLE budget (
    id {id},
    organization_id {int} NOT NULL REFERENCES organization (id),
    member_id {int} REFERENCES member (id) ON DELETE CASCADE,
    team_id {int} REFERENCES team (id) ON DELETE CASCADE,
    provider_id {int} REFERENCES provider (id) ON DELETE CASCADE,
    key_id {int} REFERENCES virtual_key (id) ON DELETE CASCADE,
    unit {bytewise} NOT NULL CHECK (unit IN ('usd', 'tokens', 'requests')),
    -- In its unit; money in nano-dollars.
    amount {int} NOT NULL CHECK (amount >= 0),
    mode {bytewise} NOT NULL CHECK (mode IN ('normal', 'strict')),
    period {bytewise} NOT NULL,
    version {int} NOT NULL DEFAULT 1,
    created_at {int} NOT NULL
) {table};
CREATE INDEX budget_organization ON budget (organization_id);
CREATE INDEX budget_member ON budget (member_id) WHERE member_id IS NOT NULL;
CREATE INDEX budget_team ON budget (team_id) WHERE team_id IS NOT NULL;
CREATE INDEX budget_provider ON budget (provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX budget_key ON budget (key_id) WHERE key_id IS NOT NULL;

-- A table of its own: it is written with the requests, and tells nobody.
CREATE TABLE budget_spent (
    budget_id {int} PRIMARY KEY REFERENCES budget (id) ON DELETE CASCADE,
    -- 0 for the period that lasts for ever.
    period_start {int} NOT NULL,
    spent {int} NOT NULL
) {table};
