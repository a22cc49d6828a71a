-- What an organization demands of its people's sessions. The same conventions as in initial.sql.
CREATE TABLE session_policy (
    organization_id {int} PRIMARY KEY REFERENCES organization (id),
    -- Where it is null, only the server's own limit holds.
    days {int},
    idle_hours {int}
) {table};

-- The browser as it named itself when the session began.
ALTER TABLE session ADD COLUMN agent text NOT NULL DEFAULT '';
