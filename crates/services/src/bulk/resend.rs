//! New links for many invitations.

use crate::Error;
use crate::as_of::keeping;
use crate::change::Change;
use domain::MemberId;
use domain::as_of::Kept;
use domain::audit::AuditAction;
use domain::bulk::Part;
use domain::limits::INVITATION_LIFETIME;
use serde_json::json;
use std::collections::HashMap;
use store::audit::AuditRecord;
use store::bulk_changes::{self as rows, BulkRow, NewLink, OpenInvitation};
use store::invitations::InvitationState;

impl Change {
    /// Replaces the links of these rows by new ones with their full time; the old ones stop working.
    pub(super) async fn resend_all(&self, invited: &[(&BulkRow, &[Part])]) -> Result<(), Error> {
        let (tx, organization, now) = (&self.tx, self.organization, self.now);
        let members: Vec<MemberId> = invited.iter().map(|(row, _)| row.id).collect();
        let before: HashMap<MemberId, OpenInvitation> = rows::pending_of(tx, organization, &members)
            .await?
            .into_iter()
            .map(|invitation| (invitation.member, invitation))
            .collect();
        let ended: Vec<i64> = before.values().map(|invitation| invitation.id).collect();
        rows::end_invitations(tx, organization, &ended, InvitationState::Replaced, now).await?;
        let expires_at = now.plus(INVITATION_LIFETIME);
        let (mut links, mut deeds) = (Vec::new(), Vec::new());
        for (row, _) in invited {
            let token = self
                .services
                .new_invitation_token(organization, &row.email_identity)?;
            let name = before.get(&row.id).map(|invitation| invitation.name.clone());
            links.push(NewLink {
                member: row.id,
                email: row.email.clone(),
                email_identity: row.email_identity.clone(),
                name: name.unwrap_or_default(),
                role: row.role,
                token_hash: token.hash,
                token_sealed: token.sealed,
            });
            let kept = Kept {
                expires_at: row.expires_at,
                ..Kept::default()
            };
            let ended = row.expires_at.map(|end| json!({ "expires_at": end.rfc3339() }));
            deeds.push(AuditRecord {
                before: ended.map(|ended| keeping(ended, &kept)),
                after: Some(json!({ "expires_at": expires_at.rfc3339() })),
                ..self.deed(AuditAction::InvitationResend, row.id, &row.email)
            });
        }
        rows::resend(tx, organization, links, self.actor()?.user, now, expires_at).await?;
        self.mail_invitations(&members).await?;
        Ok(store::audit::insert_many(tx, deeds).await?)
    }
}
