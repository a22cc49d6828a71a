-- What a request used, in parts that do not overlap. What was counted before is text.
ALTER TABLE usage_event ADD COLUMN input_text {int} NOT NULL DEFAULT 0;
ALTER TABLE usage_event ADD COLUMN cache_read {int} NOT NULL DEFAULT 0;
ALTER TABLE usage_event ADD COLUMN cache_write_5m {int} NOT NULL DEFAULT 0;
ALTER TABLE usage_event ADD COLUMN cache_write_1h {int} NOT NULL DEFAULT 0;
ALTER TABLE usage_event ADD COLUMN input_audio {int} NOT NULL DEFAULT 0;
ALTER TABLE usage_event ADD COLUMN input_image {int} NOT NULL DEFAULT 0;
ALTER TABLE usage_event ADD COLUMN output_text {int} NOT NULL DEFAULT 0;
ALTER TABLE usage_event ADD COLUMN output_reasoning {int} NOT NULL DEFAULT 0;
ALTER TABLE usage_event ADD COLUMN output_audio {int} NOT NULL DEFAULT 0;
ALTER TABLE usage_event ADD COLUMN output_image {int} NOT NULL DEFAULT 0;
ALTER TABLE usage_event ADD COLUMN web_searches {int} NOT NULL DEFAULT 0;
-- Of the requests, those that did not fail.
ALTER TABLE usage_event ADD COLUMN answered {int} NOT NULL DEFAULT 0;
-- The name by which the provider was asked for the model; empty where none was asked.
ALTER TABLE usage_event ADD COLUMN provider_model {bytewise} NOT NULL DEFAULT '';
-- Null is the usual one.
ALTER TABLE usage_event ADD COLUMN service_tier {bytewise};
-- The id under which the request is logged and answered; null for what was counted together, or before.
ALTER TABLE usage_event ADD COLUMN request_id {bytewise};
-- Which attempt to answer the request, from 1.
ALTER TABLE usage_event ADD COLUMN attempt {int} NOT NULL DEFAULT 1;
-- The price that was used; null where there is none.
ALTER TABLE usage_event ADD COLUMN price {bytewise};
-- Nano-dollars; null when nobody knows.
ALTER TABLE usage_event ADD COLUMN cost_nano {int};

UPDATE usage_event SET
    input_text = coalesce(tokens_in, 0),
    output_text = coalesce(tokens_out, 0),
    answered = CASE WHEN usage_source = 'none' THEN 0 ELSE requests END,
    cost_nano = CASE WHEN usage_source = 'none' THEN 0 END;

-- What was used and spent in each hour and on each day, in UTC; `at` is its beginning. Written in the transaction that
-- writes the requests. 0 for no key (Chat) and for no provider.
CREATE TABLE usage_hour (
    organization_id {int} NOT NULL,
    at {int} NOT NULL,
    member_id {int} NOT NULL,
    key_id {int} NOT NULL,
    provider_id {int} NOT NULL,
    model {bytewise} NOT NULL,
    source {bytewise} NOT NULL,
    -- As it was last known.
    provider_slug {bytewise} NOT NULL,
    requests {int} NOT NULL,
    refused {int} NOT NULL,
    answered {int} NOT NULL,
    input_text {int} NOT NULL,
    cache_read {int} NOT NULL,
    cache_write_5m {int} NOT NULL,
    cache_write_1h {int} NOT NULL,
    input_audio {int} NOT NULL,
    input_image {int} NOT NULL,
    output_text {int} NOT NULL,
    output_reasoning {int} NOT NULL,
    output_audio {int} NOT NULL,
    output_image {int} NOT NULL,
    web_searches {int} NOT NULL,
    cost_nano {int} NOT NULL,
    -- Requests and tokens whose cost is not known.
    unpriced {int} NOT NULL,
    unpriced_tokens {int} NOT NULL,
    PRIMARY KEY (organization_id, at, member_id, key_id, provider_id, model, source)
) {pair};

CREATE TABLE usage_day (
    organization_id {int} NOT NULL,
    at {int} NOT NULL,
    member_id {int} NOT NULL,
    key_id {int} NOT NULL,
    provider_id {int} NOT NULL,
    model {bytewise} NOT NULL,
    source {bytewise} NOT NULL,
    provider_slug {bytewise} NOT NULL,
    requests {int} NOT NULL,
    refused {int} NOT NULL,
    answered {int} NOT NULL,
    input_text {int} NOT NULL,
    cache_read {int} NOT NULL,
    cache_write_5m {int} NOT NULL,
    cache_write_1h {int} NOT NULL,
    input_audio {int} NOT NULL,
    input_image {int} NOT NULL,
    output_text {int} NOT NULL,
    output_reasoning {int} NOT NULL,
    output_audio {int} NOT NULL,
    output_image {int} NOT NULL,
    web_searches {int} NOT NULL,
    cost_nano {int} NOT NULL,
    unpriced {int} NOT NULL,
    unpriced_tokens {int} NOT NULL,
    PRIMARY KEY (organization_id, at, member_id, key_id, provider_id, model, source)
) {pair};

-- Of before, no model is known by the provider's name, and no cost.
INSERT INTO usage_hour SELECT
    organization_id, started_at / 3600000 * 3600000, member_id, coalesce(key_id, 0), coalesce(provider_id, 0),
    CASE WHEN usage_source = 'none' THEN '' ELSE model END, usage_source, max(provider_slug), sum(requests),
    sum(CASE WHEN code IS NULL THEN 0 ELSE requests END), sum(answered), sum(input_text), 0, 0, 0, 0, 0, sum(output_text),
    0, 0, 0, 0, 0, sum(CASE WHEN cost_nano IS NULL THEN requests ELSE 0 END),
    sum(CASE WHEN cost_nano IS NULL THEN input_text + output_text ELSE 0 END)
FROM usage_event
GROUP BY organization_id, started_at / 3600000, member_id, coalesce(key_id, 0), coalesce(provider_id, 0),
    CASE WHEN usage_source = 'none' THEN '' ELSE model END, usage_source;

INSERT INTO usage_day SELECT
    organization_id, at / 86400000 * 86400000, member_id, key_id, provider_id, model, source, max(provider_slug),
    sum(requests), sum(refused), sum(answered), sum(input_text), 0, 0, 0, 0, 0, sum(output_text), 0, 0, 0, 0, 0,
    sum(unpriced), sum(unpriced_tokens)
FROM usage_hour
GROUP BY organization_id, at / 86400000, member_id, key_id, provider_id, model, source;
