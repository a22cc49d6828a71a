//! Virtual keys, and what a member may use.

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::key::policy::KeySettings;
use domain::key::{Grace, KeyInput, KeyList, KeyView, MadeKey, OwnKeys};
use domain::{KeyId, MemberId};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// The own keys in every organization. **Permissions:** anyone signed in.
#[server(name = GetOwnKeys, prefix = "/api/ui", endpoint = "own_keys", input = Json, output = JsonAnswer)]
pub async fn own_keys() -> ApiResult<Vec<OwnKeys>> {
    let asker = who::asker().await?;
    who::services()?.own_keys(asker).await.map_err(who::answer)
}

/// The keys of a member. **Permissions:** the member; auditor and up.
#[server(prefix = "/api/ui", endpoint = "list_keys", input = Json, output = JsonAnswer)]
pub async fn list_keys(org: String, member: MemberId) -> ApiResult<KeyList> {
    let actor = who::actor(&org).await?;
    who::services()?.keys(&actor, member).await.map_err(who::answer)
}

/// The organization's rules for keys, and which last longer than they allow. **Permissions:** auditor and up.
#[server(name = GetKeySettings, prefix = "/api/ui", endpoint = "key_settings", input = Json, output = JsonAnswer)]
pub async fn key_settings(org: String) -> ApiResult<KeySettings> {
    let actor = who::actor(&org).await?;
    who::services()?.key_settings(&actor).await.map_err(who::answer)
}

/// Makes a key for a member, for oneself without one. **Permissions:** the member; admin and up, not above their own
/// role.
#[server(prefix = "/api/ui", endpoint = "create_key", input = Json, output = JsonAnswer)]
pub async fn create_key(
    org: String,
    member: Option<MemberId>,
    input: KeyInput,
    idempotency_key: String,
) -> ApiResult<MadeKey> {
    let actor = who::actor(&org).await?;
    who::services()?
        .create_key(&actor, member.unwrap_or(actor.member), &input, &idempotency_key)
        .await
        .map_err(who::answer)
}

/// Gives a key another name. **Permissions:** its owner; admin and up, not above their own role.
#[server(prefix = "/api/ui", endpoint = "rename_key", input = Json, output = JsonAnswer)]
pub async fn rename_key(org: String, key: KeyId, name: String) -> ApiResult<KeyView> {
    let actor = who::actor(&org).await?;
    who::services()?
        .rename_key(&actor, key, &name)
        .await
        .map_err(who::answer)
}

/// Gives a key another secret. **Permissions:** its owner; admin and up, not above their own role.
#[server(prefix = "/api/ui", endpoint = "rotate_key", input = Json, output = JsonAnswer)]
pub async fn rotate_key(
    org: String,
    key: KeyId,
    grace: Grace,
    idempotency_key: String,
) -> ApiResult<MadeKey> {
    let actor = who::actor(&org).await?;
    who::services()?
        .rotate_key(&actor, key, grace, &idempotency_key)
        .await
        .map_err(who::answer)
}

/// Withdraws a key. **Permissions:** its owner; admin and up, not above their own role.
#[server(prefix = "/api/ui", endpoint = "revoke_key", input = Json, output = JsonAnswer)]
pub async fn revoke_key(org: String, key: KeyId) -> ApiResult<KeyView> {
    let actor = who::actor(&org).await?;
    who::services()?
        .revoke_key(&actor, key)
        .await
        .map_err(who::answer)
}
