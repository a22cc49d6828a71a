-- Second factors, and who demands one. The same conventions as in initial.sql.
CREATE TABLE second_factor (
    user_id {int} PRIMARY KEY REFERENCES app_user (id) ON DELETE CASCADE,
    secret_sealed {bytes} NOT NULL,
    -- The latest time step whose code was used: no code works twice.
    last_step {int} NOT NULL DEFAULT 0,
    -- Wrong codes since the last right one, and before when no further one is looked at.
    wrong {int} NOT NULL DEFAULT 0,
    next_at {int} NOT NULL DEFAULT 0,
    -- Null until a first code has shown that the app has the secret.
    confirmed_at {int}
) {table};

-- What is left of somebody's recovery codes.
CREATE TABLE recovery_code (
    code_hash {bytes} PRIMARY KEY,
    user_id {int} NOT NULL REFERENCES app_user (id) ON DELETE CASCADE
) {table};
CREATE INDEX recovery_code_user ON recovery_code (user_id);

ALTER TABLE session_policy ADD COLUMN second_factor {int} NOT NULL DEFAULT 0;
-- Whose provider of single sign-on signed the person in: a second factor is that organization's provider's matter.
ALTER TABLE session ADD COLUMN sign_on_organization {int} REFERENCES organization (id);
