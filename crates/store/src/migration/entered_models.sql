-- What a provider does not tell of itself. The same conventions as in initial.sql.

-- The version of Azure's API; empty is none.
ALTER TABLE provider ADD COLUMN api_version text NOT NULL DEFAULT '';
-- Names of models entered by hand, as a JSON array in the order they were entered. They are read with their provider and
-- written with it, which counts up its version and so tells whoever keeps it in memory.
ALTER TABLE provider ADD COLUMN entered_models text NOT NULL DEFAULT '[]';
