-- In which time zone an organization's periods begin, and on which day those of its monthly budgets do. The same conventions
-- as in initial.sql. Each move to another zone is kept: the period in which it happened begins in the zone before it. An
-- organization without a row never left UTC.
CREATE TABLE time_zone_move (
    id {id},
    organization_id {int} NOT NULL REFERENCES organization (id),
    at {int} NOT NULL,
    zone {bytewise} NOT NULL
) {table};
CREATE INDEX time_zone_move_organization ON time_zone_move (organization_id, id);

ALTER TABLE budget ADD COLUMN anchor {int} NOT NULL DEFAULT 1 CHECK (anchor BETWEEN 1 AND 31);
