-- What an organization demands of its members' virtual keys. The same conventions as in initial.sql.
CREATE TABLE key_policy (
    organization_id {int} PRIMARY KEY REFERENCES organization (id),
    -- Days after which a new key ends at the latest; null for no limit.
    days {int},
    -- 1: only members themselves create and rotate keys.
    own_only {int} NOT NULL
) {table};
