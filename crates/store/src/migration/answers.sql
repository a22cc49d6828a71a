-- An answer has its row from the moment it is asked for. Until it is complete the row reads as one that broke off, which
-- is what it is when its server dies; while this instant is ahead, a server is writing it.
ALTER TABLE message ADD COLUMN writing_until {int};
