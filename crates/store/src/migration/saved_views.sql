-- Saved views of AI Access. The same conventions as in initial.sql. A view without a member is everybody's.
CREATE TABLE saved_view (
    id {id},
    organization_id {int} NOT NULL REFERENCES organization (id),
    member_id {int} REFERENCES member (id) ON DELETE CASCADE,
    name {bytewise} NOT NULL,
    -- The query part of its address.
    query {bytewise} NOT NULL,
    created_at {int} NOT NULL
) {table};
-- One of each name for each member, and for all together.
CREATE UNIQUE INDEX saved_view_name ON saved_view (organization_id, coalesce(member_id, 0), name);
CREATE INDEX saved_view_member ON saved_view (member_id);
