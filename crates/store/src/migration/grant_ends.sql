ALTER TABLE provider_grant ADD COLUMN end_reason text;
ALTER TABLE team_provider ADD COLUMN end_reason text;
-- Few grants have an end, and only those are looked through for the ones that end soon. Those of teams are few anyway.
CREATE INDEX provider_grant_ending ON provider_grant (provider_id, ends_at, member_id) WHERE ends_at IS NOT NULL;
