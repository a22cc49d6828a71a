-- Who has a row of AI Access open for editing, and when their page said so last. The same conventions as in initial.sql.
CREATE TABLE row_editing (
    member_id {int} NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    user_id {int} NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    at {int} NOT NULL,
    PRIMARY KEY (member_id, user_id)
) {pair};
CREATE INDEX row_editing_user ON row_editing (user_id);
