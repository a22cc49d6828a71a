-- Where each chain of the audit log ends; 0 is the chain of what concerns no organization. The same conventions as in
-- initial.sql.
CREATE TABLE audit_chain (
    organization_id {int} PRIMARY KEY,
    length {int} NOT NULL,
    hash {bytes} NOT NULL
) {table};
-- The place in the chain, from 1 on, and the hash. Both are there for every entry that Gatehouse wrote.
ALTER TABLE audit ADD COLUMN place {int};
ALTER TABLE audit ADD COLUMN hash {bytes};
CREATE UNIQUE INDEX audit_place ON audit (coalesce(organization_id, 0), place);
