-- The models that a grant is of, a name or a pattern on each line; NULL is all of them. Changing them is a change of the
-- grant, which counts up the version of access by the triggers that are there.
ALTER TABLE provider_grant ADD COLUMN models text;
ALTER TABLE team_provider ADD COLUMN models text;
