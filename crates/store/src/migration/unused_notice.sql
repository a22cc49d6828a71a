-- The end that a grant got because nobody used it, which its member may take away again: while it is the grant's end.
ALTER TABLE provider_grant ADD COLUMN notice_end {int};
-- When the member said last that they still need it.
ALTER TABLE provider_grant ADD COLUMN kept_at {int};
