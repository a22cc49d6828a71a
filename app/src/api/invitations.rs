//! Inviting people, and the page behind the link.

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::MemberId;
use domain::invite::{InvitationView, InviteInput, InviteResult};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// Invites the pasted addresses. **Permissions:** admin and up, roles up to their own.
#[server(prefix = "/api/ui", endpoint = "invite", input = Json, output = JsonAnswer)]
pub async fn invite(org: String, input: InviteInput) -> ApiResult<InviteResult> {
    let actor = who::actor(&org).await?;
    who::services()?.invite(&actor, &input).await.map_err(who::answer)
}

/// The link of a pending invitation, to be copied. **Permissions:** admin and up.
#[server(prefix = "/api/ui", endpoint = "invitation_link", input = Json, output = JsonAnswer)]
pub async fn invitation_link(org: String, member: MemberId) -> ApiResult<String> {
    let actor = who::actor(&org).await?;
    who::services()?
        .invitation_link(&actor, member)
        .await
        .map_err(who::answer)
}

/// Replaces an invitation's link by a new one that lasts seven days. **Permissions:** admin and up.
#[server(prefix = "/api/ui", endpoint = "resend_invitation", input = Json, output = JsonAnswer)]
pub async fn resend_invitation(org: String, member: MemberId) -> ApiResult<String> {
    let actor = who::actor(&org).await?;
    who::services()?.resend(&actor, member).await.map_err(who::answer)
}

/// Withdraws an invitation. **Permissions:** admin and up.
#[server(prefix = "/api/ui", endpoint = "revoke_invitation", input = Json, output = JsonAnswer)]
pub async fn revoke_invitation(org: String, member: MemberId) -> ApiResult<()> {
    let actor = who::actor(&org).await?;
    who::services()?.revoke(&actor, member).await.map_err(who::answer)
}

/// What the page behind an invitation link shows. **Permissions:** whoever has the link.
#[server(prefix = "/api/ui", endpoint = "invitation", input = Json, output = JsonAnswer)]
pub async fn invitation(token: String) -> ApiResult<InvitationView> {
    let signed_in = who::signed_in().await?;
    who::services()?
        .invitation(&token, signed_in)
        .await
        .map_err(who::answer)
}
