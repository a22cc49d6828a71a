-- Who knows the secret of a key, and where a person was last.

-- Who created the key or rotated it last, and so was shown its secret; null for the operator.
ALTER TABLE virtual_key ADD COLUMN issued_by {int} REFERENCES app_user (id) ON DELETE SET NULL;
UPDATE virtual_key SET issued_by = (
    SELECT a.actor_user_id FROM audit a
    WHERE a.organization_id = virtual_key.organization_id AND a.target_kind = 'key' AND a.target_id = virtual_key.id
        AND a.action IN ('key.create', 'key.rotate')
    ORDER BY a.id DESC LIMIT 1
);
CREATE INDEX virtual_key_issued ON virtual_key (organization_id, issued_by) WHERE revoked_at IS NULL;

CREATE INDEX invitation_invited_by ON invitation (organization_id, invited_by) WHERE state = 'pending';

-- Where signing in leads to.
ALTER TABLE app_user ADD COLUMN last_organization_id {int} REFERENCES organization (id) ON DELETE SET NULL;
