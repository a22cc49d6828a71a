//! Invitation links: made once, stored hashed and sealed.

use crate::change::Change;
use crate::crypto::{CryptoError, Purpose, new_token, token_hash};
use crate::{Error, Services};
use domain::{MemberId, OrganizationId, Problem, ProblemCode, Role, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use store::invitations::{InvitationRecord, NewInvitation};

/// Who is invited, to what, until when.
#[derive(Clone, Copy)]
pub(super) struct Invited<'a> {
    pub member: MemberId,
    pub email: &'a str,
    pub identity: &'a str,
    /// What the inviter calls them; may be empty.
    pub name: &'a str,
    pub role: Role,
    pub expires_at: Timestamp,
}

/// A new token of an invitation.
pub(crate) struct NewToken {
    token: SecretString,
    pub(crate) hash: Vec<u8>,
    pub(crate) sealed: Vec<u8>,
}

impl Services {
    /// Makes a pending invitation and its link.
    pub(super) async fn new_link(&self, change: &Change, invited: Invited<'_>) -> Result<String, Error> {
        let Invited {
            member,
            email,
            identity,
            name,
            role,
            expires_at,
        } = invited;
        let organization = change.organization;
        let NewToken { token, hash, sealed } = self.new_invitation_token(organization, identity)?;
        let invitation = NewInvitation {
            member,
            email,
            email_identity: identity,
            name,
            role,
            token_hash: &hash,
            token_sealed: &sealed,
            invited_by: change.actor()?.user,
            expires_at,
        };
        store::invitations::insert(&change.tx, organization, invitation, change.now).await?;
        Ok(self.link(token.expose_secret()))
    }

    /// A token as it is stored. The seal is bound to the address, which names one pending invitation of the organization.
    pub(crate) fn new_invitation_token(
        &self,
        organization: OrganizationId,
        identity: &str,
    ) -> Result<NewToken, Error> {
        let token = new_token()?;
        let purpose = Purpose::InvitationToken(organization, identity);
        let sealed = self
            .inner
            .vault
            .seal(&purpose, token.expose_secret().as_bytes())?;
        Ok(NewToken {
            hash: token_hash(token.expose_secret()),
            sealed,
            token,
        })
    }

    /// The link of an invitation that was made before.
    pub(crate) fn link_again(&self, invitation: &InvitationRecord) -> Result<String, Error> {
        let purpose = Purpose::InvitationToken(invitation.organization, &invitation.email_identity);
        let token = match self.inner.vault.unseal(&purpose, &invitation.token_sealed) {
            Ok(token) => String::from_utf8(token).map_err(|_| CryptoError::Open)?,
            // The key file is another than when the link was made. Nothing is lost that resending cannot mend.
            Err(CryptoError::Open) => {
                return Err(Problem::new(
                    ProblemCode::Invalid,
                    "This link can no longer be read. Resend the invitation to get a new one.",
                )
                .into());
            }
            Err(other) => return Err(other.into()),
        };
        Ok(self.link(&token))
    }

    fn link(&self, token: &str) -> String {
        format!("{}/invite/{token}", self.inner.public_url)
    }
}
