-- Virtual keys in use, the models of providers, what was asked of them, and Chat.
-- The same conventions as in initial.sql.

-- After a rotation the secret before it works until its end.
ALTER TABLE virtual_key ADD COLUMN previous_hash {bytes};
ALTER TABLE virtual_key ADD COLUMN previous_ends_at {int};
ALTER TABLE virtual_key ADD COLUMN last_used_at {int};
ALTER TABLE virtual_key ADD COLUMN requests_per_minute {int};
ALTER TABLE virtual_key ADD COLUMN tokens_per_day {int};
-- Hash of the whole key, prefix included; until now it was that of its last part only, of keys that nothing accepted.

ALTER TABLE provider ADD COLUMN models_at {int};
ALTER TABLE provider ADD COLUMN last_success_at {int};
ALTER TABLE provider ADD COLUMN last_error_at {int};
-- A sentence for people.
ALTER TABLE provider ADD COLUMN last_error text;

-- What a provider lists, as it spells it.
CREATE TABLE provider_model (
    provider_id {int} NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    name {bytewise} NOT NULL,
    PRIMARY KEY (provider_id, name)
) {pair};

-- One row for each request to a model, written in batches. It outlives whom and what it names, so nothing is referenced.
CREATE TABLE usage_event (
    id {id},
    organization_id {int} NOT NULL,
    member_id {int} NOT NULL,
    -- Null is Chat.
    key_id {int},
    -- Null where the request was refused before one was chosen.
    provider_id {int},
    provider_slug {bytewise} NOT NULL,
    model {bytewise} NOT NULL,
    endpoint {bytewise} NOT NULL,
    -- The HTTP status of the answer.
    status {int} NOT NULL,
    -- Why it was refused or broke, from a closed list; null when it went well.
    code {bytewise},
    started_at {int} NOT NULL,
    latency_ms {int} NOT NULL,
    first_token_ms {int},
    tokens_in {int},
    tokens_out {int}
) {table};
CREATE INDEX usage_event_member ON usage_event (organization_id, member_id, started_at);
CREATE INDEX usage_event_key ON usage_event (key_id, started_at) WHERE key_id IS NOT NULL;

CREATE TABLE conversation (
    id {id},
    organization_id {int} NOT NULL REFERENCES organization (id),
    member_id {int} NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    title text NOT NULL,
    title_folded {bytewise} NOT NULL,
    -- Null when the provider was deleted.
    provider_id {int} REFERENCES provider (id) ON DELETE SET NULL,
    provider_name text NOT NULL,
    model {bytewise} NOT NULL,
    created_at {int} NOT NULL,
    updated_at {int} NOT NULL
) {table};
CREATE INDEX conversation_member ON conversation (member_id, updated_at);
CREATE INDEX conversation_provider ON conversation (provider_id);

CREATE TABLE message (
    id {id},
    conversation_id {int} NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    role {bytewise} NOT NULL CHECK (role IN ('user', 'assistant')),
    content text NOT NULL,
    content_folded {bytewise} NOT NULL,
    state {bytewise} NOT NULL CHECK (state IN ('complete', 'stopped', 'failed')),
    -- A sentence for people, when it failed.
    problem text,
    -- Who answered; empty for a user's message.
    provider_name text NOT NULL,
    model {bytewise} NOT NULL,
    created_at {int} NOT NULL
) {table};
CREATE INDEX message_conversation ON message (conversation_id, id);
