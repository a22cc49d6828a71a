-- What was written of usage in the last hour. A server that never heard whether a batch was written tries it again under
-- the same id, and must not write it twice.
CREATE TABLE usage_batch (
    at {int} NOT NULL,
    nonce {int} NOT NULL,
    -- The row that refusals were counted in; null for a batch of requests.
    usage_event_id {int},
    PRIMARY KEY (at, nonce)
) {pair};
