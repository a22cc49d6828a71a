-- Holds what the table's default order, its filters and a scan for text need, so that none of them reads the rows.
CREATE INDEX member_list ON member (
    organization_id, name_key, email_identity, role, status, expires_at, last_login_at, key_count, allowed_until,
    search_text
);

CREATE VIRTUAL TABLE member_search USING fts5 (
    search_text, content = 'member', content_rowid = 'id', tokenize = 'trigram case_sensitive 1', columnsize = 0
);

CREATE TRIGGER member_search_insert AFTER INSERT ON member BEGIN
    INSERT INTO member_search (rowid, search_text) VALUES (new.id, new.search_text);
END;

CREATE TRIGGER member_search_delete AFTER DELETE ON member BEGIN
    INSERT INTO member_search (member_search, rowid, search_text) VALUES ('delete', old.id, old.search_text);
END;

CREATE TRIGGER member_search_update AFTER UPDATE OF search_text ON member
WHEN old.search_text IS NOT new.search_text BEGIN
    INSERT INTO member_search (member_search, rowid, search_text) VALUES ('delete', old.id, old.search_text);
    INSERT INTO member_search (rowid, search_text) VALUES (new.id, new.search_text);
END;
