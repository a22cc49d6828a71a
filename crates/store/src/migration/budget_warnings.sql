-- At how many percent of a budget somebody is told. The same conventions as in initial.sql.
-- Ascending, with commas; empty is never.
ALTER TABLE budget ADD COLUMN warn {bytewise} NOT NULL DEFAULT '50,80,100';

-- The highest of them that was told of in this period; 0 is none.
ALTER TABLE budget_spent ADD COLUMN told {int} NOT NULL DEFAULT 0;
