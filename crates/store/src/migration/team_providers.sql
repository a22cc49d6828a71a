-- Providers that a team carries: whoever is in the team may use them. The same conventions as in initial.sql.
CREATE TABLE team_provider (
    team_id {int} NOT NULL REFERENCES team (id) ON DELETE CASCADE,
    provider_id {int} NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
    granted_by {int} REFERENCES app_user (id) ON DELETE SET NULL,
    granted_at {int} NOT NULL,
    ends_at {int},
    PRIMARY KEY (team_id, provider_id)
) {pair};
CREATE INDEX team_provider_provider ON team_provider (provider_id, team_id, ends_at);
