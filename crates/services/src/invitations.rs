//! Inviting people and accepting invitations.

use crate::{Actor, Error, Services, SessionToken};
use domain::invite::{AcceptInput, InvitationView, InviteInput, InviteResult};
use domain::{MemberId, Problem, ProblemCode, UserId};

/// An accepted invitation.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The organization that was joined.
    pub slug: String,
    /// A session for a person who was not signed in.
    pub session: Option<SessionToken>,
}

impl Services {
    /// Invites every address of the field; one outcome for each.
    pub async fn invite(&self, actor: &Actor, input: &InviteInput) -> Result<InviteResult, Error> {
        let _ = (actor, input);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// The link of a pending invitation, to pass on.
    pub async fn invitation_link(&self, actor: &Actor, member: MemberId) -> Result<String, Error> {
        let _ = (actor, member);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Replaces the link by a new one with its full time; the old one stops working.
    pub async fn resend(&self, actor: &Actor, member: MemberId) -> Result<String, Error> {
        let _ = (actor, member);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Withdraws an invitation.
    pub async fn revoke(&self, actor: &Actor, member: MemberId) -> Result<(), Error> {
        let _ = (actor, member);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// What the page behind a link shows.
    pub async fn invitation(&self, token: &str, signed_in: Option<UserId>) -> Result<InvitationView, Error> {
        let _ = (token, signed_in);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Accepts an invitation. `client` is where the request came from, for the rate limit of passwords.
    pub async fn accept(
        &self,
        token: &str,
        input: &AcceptInput,
        signed_in: Option<UserId>,
        client: &str,
    ) -> Result<Accepted, Error> {
        let _ = (token, input, signed_in, client);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }
}
