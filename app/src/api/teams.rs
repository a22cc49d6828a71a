//! Teams and the people in them.

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::ends::TermsChange;
use domain::member::ProvidersChange;
use domain::team::{TeamPeopleChange, TeamPerson, TeamProviders, TeamView};
use domain::{TeamId, VersionedOutcome};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// Every team, by name. **Permissions:** auditor and up.
#[server(prefix = "/api/ui", endpoint = "list_teams", input = Json, output = JsonAnswer)]
pub async fn list_teams(org: String) -> ApiResult<Vec<TeamView>> {
    let actor = who::actor(&org).await?;
    who::services()?.teams(&actor).await.map_err(who::answer)
}

/// The people of one team, by name. **Permissions:** auditor and up.
#[server(prefix = "/api/ui", endpoint = "team_people", input = Json, output = JsonAnswer)]
pub async fn team_people(org: String, team: TeamId) -> ApiResult<Vec<TeamPerson>> {
    let actor = who::actor(&org).await?;
    who::services()?
        .team_people(&actor, team)
        .await
        .map_err(who::answer)
}

/// The first twenty people that match a text, to be added to a team. **Permissions:** auditor and up.
#[server(prefix = "/api/ui", endpoint = "find_people", input = Json, output = JsonAnswer)]
pub async fn find_people(org: String, text: String) -> ApiResult<Vec<TeamPerson>> {
    let actor = who::actor(&org).await?;
    who::services()?
        .find_people(&actor, &text)
        .await
        .map_err(who::answer)
}

/// Creates a team. **Permissions:** admin and up.
#[server(prefix = "/api/ui", endpoint = "create_team", input = Json, output = JsonAnswer)]
pub async fn create_team(org: String, name: String, idempotency_key: String) -> ApiResult<TeamView> {
    let actor = who::actor(&org).await?;
    who::services()?
        .create_team(&actor, &name, &idempotency_key)
        .await
        .map_err(who::answer)
}

/// Renames a team. **Permissions:** admin and up.
#[server(prefix = "/api/ui", endpoint = "rename_team", input = Json, output = JsonAnswer)]
pub async fn rename_team(
    org: String,
    team: TeamId,
    version: i64,
    name: String,
) -> ApiResult<VersionedOutcome<TeamView>> {
    let actor = who::actor(&org).await?;
    who::services()?
        .rename_team(&actor, team, version, &name)
        .await
        .map_err(who::answer)
}

/// Deletes a team; its people stay. **Permissions:** admin and up.
#[server(prefix = "/api/ui", endpoint = "delete_team", input = Json, output = JsonAnswer)]
pub async fn delete_team(org: String, team: TeamId) -> ApiResult<()> {
    let actor = who::actor(&org).await?;
    who::services()?
        .delete_team(&actor, team)
        .await
        .map_err(who::answer)
}

/// Adds and removes people of a team. **Permissions:** admin and up.
#[server(prefix = "/api/ui", endpoint = "change_team_people", input = Json, output = JsonAnswer)]
pub async fn change_team_people(org: String, team: TeamId, change: TeamPeopleChange) -> ApiResult<()> {
    let actor = who::actor(&org).await?;
    who::services()?
        .change_team_people(&actor, team, &change)
        .await
        .map_err(who::answer)
}

/// Every provider with whether a team carries it, and for how many it is the only source. **Permissions:** auditor and up.
#[server(prefix = "/api/ui", endpoint = "get_team_providers", input = Json, output = JsonAnswer)]
pub async fn get_team_providers(org: String, team: TeamId) -> ApiResult<TeamProviders> {
    let actor = who::actor(&org).await?;
    who::services()?
        .team_providers(&actor, team)
        .await
        .map_err(who::answer)
}

/// Changes the providers that a team carries. **Permissions:** admin and up.
#[server(prefix = "/api/ui", endpoint = "set_team_providers", input = Json, output = JsonAnswer)]
pub async fn set_team_providers(
    org: String,
    team: TeamId,
    change: ProvidersChange,
) -> ApiResult<VersionedOutcome<TeamView>> {
    let actor = who::actor(&org).await?;
    who::services()?
        .set_team_providers(&actor, team, &change)
        .await
        .map_err(who::answer)
}

/// Lets a team carry a provider until an end, or moves that end. **Permissions:** admin and up.
#[server(prefix = "/api/ui", endpoint = "set_team_provider_terms", input = Json, output = JsonAnswer)]
pub async fn set_team_provider_terms(
    org: String,
    team: TeamId,
    change: TermsChange,
) -> ApiResult<VersionedOutcome<TeamView>> {
    let actor = who::actor(&org).await?;
    who::services()?
        .set_team_provider_terms(&actor, team, &change)
        .await
        .map_err(who::answer)
}
