-- Models of a provider that nobody in the organization may use, as a JSON array byte by byte in order. They need not be
-- listed: a model stays off when its provider no longer lists it and lists it again. They are read with their provider and
-- written with it, which counts up its version and so tells whoever keeps it in memory. The same conventions as in initial.sql.
ALTER TABLE provider ADD COLUMN models_off text NOT NULL DEFAULT '[]';
