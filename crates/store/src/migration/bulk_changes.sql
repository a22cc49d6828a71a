-- Changes of many rows at once. The same conventions as in initial.sql.

CREATE TABLE bulk_change (
    id {id},
    organization_id {int} NOT NULL REFERENCES organization (id),
    actor_user_id {int} REFERENCES app_user (id) ON DELETE SET NULL,
    -- SHA-256 of the preview that was applied.
    fingerprint {bytewise} NOT NULL,
    applied_at {int} NOT NULL,
    undone_at {int}
) {table};
CREATE INDEX bulk_change_applied ON bulk_change (organization_id, applied_at);

-- What the changed rows were before. Kept for as long as the change can be undone; rows that are gone are not referenced.
CREATE TABLE bulk_row (
    bulk_change_id {int} NOT NULL REFERENCES bulk_change (id) ON DELETE CASCADE,
    member_id {int} NOT NULL,
    -- JSON.
    before text NOT NULL,
    PRIMARY KEY (bulk_change_id, member_id)
) {pair};

-- What was done to each row, one thing a line.
CREATE TABLE bulk_part (
    bulk_change_id {int} NOT NULL REFERENCES bulk_change (id) ON DELETE CASCADE,
    member_id {int} NOT NULL,
    part {bytewise} NOT NULL CHECK (part IN ('add_provider', 'remove_provider', 'role', 'add_team', 'remove_team', 'suspend',
        'reactivate', 'remove', 'resend')),
    -- The provider or team; 0 where there is none.
    target_id {int} NOT NULL,
    -- 1 once the same thing of the row was changed by anything else. Triggers say so, so that no writer can forget to.
    changed_since {int} NOT NULL DEFAULT 0,
    PRIMARY KEY (bulk_change_id, member_id, part, target_id)
) {pair};
CREATE INDEX bulk_part_thing ON bulk_part (member_id, part, target_id);
