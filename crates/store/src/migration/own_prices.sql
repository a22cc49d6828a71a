-- Prices that organizations set themselves, and past requests that were priced again. The same conventions as in initial.sql.
-- Neither is ever changed. A provider that is deleted leaves its prices to the rows that name them.
CREATE TABLE own_price (
    id {id},
    organization_id {int} NOT NULL REFERENCES organization (id),
    provider_id {int} NOT NULL,
    model {bytewise} NOT NULL,
    valid_from {int} NOT NULL,
    -- Pico-dollars of one, as a JSON object by bucket; null ends the price before.
    rates {bytewise},
    set_by {int} REFERENCES app_user (id) ON DELETE SET NULL,
    set_at {int} NOT NULL
) {table};
CREATE INDEX own_price_organization ON own_price (organization_id, id);

-- What a request costs after all; the latest one counts. The request itself stays as it was written.
CREATE TABLE usage_correction (
    id {id},
    organization_id {int} NOT NULL,
    usage_event_id {int} NOT NULL,
    at {int} NOT NULL,
    price {bytewise},
    -- Nano-dollars; null when nobody knows.
    cost_nano {int}
) {table};
CREATE INDEX usage_correction_event ON usage_correction (usage_event_id, id);
