-- Named sets of providers and teams. The same conventions as in initial.sql.
CREATE TABLE template (
    id {id},
    organization_id {int} NOT NULL REFERENCES organization (id),
    name text NOT NULL,
    -- By which two names are the same.
    name_folded {bytewise} NOT NULL,
    -- What it gives, as JSON. It may name what was deleted since.
    content text NOT NULL,
    version {int} NOT NULL,
    UNIQUE (organization_id, name_folded)
) {table};
