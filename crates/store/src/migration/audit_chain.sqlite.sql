-- What was written stays. Of who did it only the link to the account goes, with the account.
CREATE TRIGGER audit_stays BEFORE UPDATE OF id, organization_id, at, actor_email, action, target_kind, target_id, target_label,
    before, after, place, hash ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
