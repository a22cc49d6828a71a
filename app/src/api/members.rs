//! The AI Access table and the changes to one row.

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::access::why::{Explanation, WhyInput};
use domain::ends::TermsChange;
use domain::history::{HistoryPage, MemberDetails};
use domain::member::{
    EditOutcome, KeysForOthers, MemberPage, MemberRow, ProvidersChange, RemovalEffect, TeamsChange,
};
use domain::offboarding::Offboarding;
use domain::query::MemberQuery;
use domain::session::MemberSecondFactor;
use domain::{MemberId, Role};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// One page of the table. **Permissions:** auditor and up.
#[server(prefix = "/api/ui", endpoint = "list_members", input = Json, output = JsonAnswer)]
pub async fn list_members(org: String, query: MemberQuery) -> ApiResult<MemberPage> {
    let actor = who::actor(&org).await?;
    who::services()?
        .members(&actor, &query)
        .await
        .map_err(who::answer)
}

/// One row as it is now. **Permissions:** auditor and up.
#[server(prefix = "/api/ui", endpoint = "get_member", input = Json, output = JsonAnswer)]
pub async fn get_member(org: String, member: MemberId) -> ApiResult<MemberRow> {
    let actor = who::actor(&org).await?;
    who::services()?.member(&actor, member).await.map_err(who::answer)
}

/// Notes that the row is open for editing; the names of the others who edit it. **Permissions:** admin and up.
#[server(prefix = "/api/ui", endpoint = "note_editing", input = Json, output = JsonAnswer)]
pub async fn note_editing(org: String, member: MemberId) -> ApiResult<Vec<String>> {
    let actor = who::actor(&org).await?;
    who::services()?
        .note_editing(&actor, member)
        .await
        .map_err(who::answer)
}

/// What the page of a member shows. **Permissions:** auditor and up.
#[server(name = GetMemberDetails, prefix = "/api/ui", endpoint = "member_details", input = Json, output = JsonAnswer)]
pub async fn member_details(org: String, member: MemberId) -> ApiResult<MemberDetails> {
    let actor = who::actor(&org).await?;
    who::services()?
        .member_details(&actor, member)
        .await
        .map_err(who::answer)
}

/// What was done to a member and their keys, newest first; with `before`, what is older than that entry.
/// **Permissions:** auditor and up.
#[server(name = GetMemberHistory, prefix = "/api/ui", endpoint = "member_history", input = Json, output = JsonAnswer)]
pub async fn member_history(org: String, member: MemberId, before: Option<i64>) -> ApiResult<HistoryPage> {
    let actor = who::actor(&org).await?;
    who::services()?
        .member_history(&actor, member, before)
        .await
        .map_err(who::answer)
}

/// Why a member may use a provider or a model, or why not. **Permissions:** everybody about themselves, auditor and up
/// about all.
#[server(prefix = "/api/ui", endpoint = "why", input = Json, output = JsonAnswer)]
pub async fn why(org: String, asked: WhyInput) -> ApiResult<Explanation> {
    let actor = who::actor(&org).await?;
    who::services()?.why(&actor, &asked).await.map_err(who::answer)
}

/// Changes one member's Allowed providers. **Permissions:** admin and up, not above their own role.
#[server(prefix = "/api/ui", endpoint = "set_providers", input = Json, output = JsonAnswer)]
pub async fn set_providers(org: String, member: MemberId, change: ProvidersChange) -> ApiResult<EditOutcome> {
    let actor = who::actor(&org).await?;
    who::services()?
        .set_providers(&actor, member, &change)
        .await
        .map_err(who::answer)
}

/// Allows a provider until an end, or moves the end of a member's own grant. **Permissions:** admin and up, not above their
/// own role.
#[server(prefix = "/api/ui", endpoint = "set_provider_terms", input = Json, output = JsonAnswer)]
pub async fn set_provider_terms(
    org: String,
    member: MemberId,
    change: TermsChange,
) -> ApiResult<EditOutcome> {
    let actor = who::actor(&org).await?;
    who::services()?
        .set_provider_terms(&actor, member, &change)
        .await
        .map_err(who::answer)
}

/// Changes a row's organization role. **Permissions:** admin and up, not above their own role.
#[server(prefix = "/api/ui", endpoint = "set_role", input = Json, output = JsonAnswer)]
pub async fn set_role(
    org: String,
    member: MemberId,
    version: i64,
    role: Role,
    keys_for_others: Option<KeysForOthers>,
) -> ApiResult<EditOutcome> {
    let actor = who::actor(&org).await?;
    who::services()?
        .change_role(
            &actor,
            member,
            Some(version),
            role,
            keys_for_others.unwrap_or_default(),
        )
        .await
        .map_err(who::answer)
}

/// Changes a row's teams. **Permissions:** admin and up, not above their own role.
#[server(prefix = "/api/ui", endpoint = "set_teams", input = Json, output = JsonAnswer)]
pub async fn set_teams(org: String, member: MemberId, change: TeamsChange) -> ApiResult<EditOutcome> {
    let actor = who::actor(&org).await?;
    who::services()?
        .set_teams(&actor, member, &change)
        .await
        .map_err(who::answer)
}

/// Suspends or reactivates a member. **Permissions:** admin and up, not above their own role.
#[server(prefix = "/api/ui", endpoint = "set_suspended", input = Json, output = JsonAnswer)]
pub async fn set_suspended(
    org: String,
    member: MemberId,
    version: i64,
    suspended: bool,
    keys_for_others: Option<KeysForOthers>,
) -> ApiResult<EditOutcome> {
    let actor = who::actor(&org).await?;
    who::services()?
        .change_status(
            &actor,
            member,
            Some(version),
            suspended,
            keys_for_others.unwrap_or_default(),
        )
        .await
        .map_err(who::answer)
}

/// What removing a member would take away. **Permissions:** auditor and up.
#[server(name = RemovalEffectOf, prefix = "/api/ui", endpoint = "removal_effect", input = Json, output = JsonAnswer)]
pub async fn removal_effect(org: String, member: MemberId) -> ApiResult<RemovalEffect> {
    let actor = who::actor(&org).await?;
    who::services()?
        .removal_effect(&actor, member)
        .await
        .map_err(who::answer)
}

/// Removes a member. **Permissions:** admin and up, not above their own role.
#[server(prefix = "/api/ui", endpoint = "remove_member", input = Json, output = JsonAnswer)]
pub async fn remove_member(
    org: String,
    member: MemberId,
    keys_for_others: Option<KeysForOthers>,
) -> ApiResult<()> {
    let actor = who::actor(&org).await?;
    who::services()?
        .remove_many(&actor, &[member], keys_for_others.unwrap_or_default())
        .await
        .map_err(who::answer)
}

/// What a member would leave behind. **Permissions:** auditor and up.
#[server(name = OffboardingOf, prefix = "/api/ui", endpoint = "offboarding", input = Json, output = JsonAnswer)]
pub async fn offboarding(org: String, member: MemberId) -> ApiResult<Offboarding> {
    let actor = who::actor(&org).await?;
    who::services()?
        .offboarding(&actor, member)
        .await
        .map_err(who::answer)
}

/// How a member's second factor stands. **Permissions:** auditor and up.
#[server(name = SecondFactorOf, prefix = "/api/ui", endpoint = "second_factor", input = Json, output = JsonAnswer)]
pub async fn second_factor(org: String, member: MemberId) -> ApiResult<MemberSecondFactor> {
    let actor = who::actor(&org).await?;
    who::services()?
        .member_second_factor(&actor, member)
        .await
        .map_err(who::answer)
}
