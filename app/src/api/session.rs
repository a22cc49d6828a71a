//! The signed-in person and what frames every page.

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::organization::{FirstSteps, Me, Viewer};
use domain::session::AccountSecurity;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// The signed-in person. **Permissions:** anyone signed in.
#[server(name = GetMe, prefix = "/api/ui", endpoint = "me", input = Json, output = JsonAnswer)]
pub async fn me() -> ApiResult<Me> {
    let user = who::user().await?;
    who::services()?.me(user).await.map_err(who::answer)
}

/// The signed-in person within an organization. **Permissions:** its active members.
#[server(name = GetViewer, prefix = "/api/ui", endpoint = "viewer", input = Json, output = JsonAnswer)]
pub async fn viewer(org: String) -> ApiResult<Viewer> {
    let asker = who::asker().await?;
    who::services()?.viewer(asker, &org).await.map_err(who::answer)
}

/// What First Steps ticks off. **Permissions:** auditor and up.
#[server(name = GetFirstSteps, prefix = "/api/ui", endpoint = "first_steps", input = Json, output = JsonAnswer)]
pub async fn first_steps(org: String) -> ApiResult<FirstSteps> {
    let actor = who::actor(&org).await?;
    who::services()?.first_steps(&actor).await.map_err(who::answer)
}

/// The own second factor and sessions. **Permissions:** anyone signed in.
#[server(name = GetAccountSecurity, prefix = "/api/ui", endpoint = "account_security", input = Json, output = JsonAnswer)]
pub async fn account_security() -> ApiResult<AccountSecurity> {
    let asker = who::asker().await?;
    let token = who::token()?;
    let services = who::services()?;
    services
        .account_security(asker, token.expose())
        .await
        .map_err(who::answer)
}

/// Whether first set-up is still to be done. **Permissions:** everybody; this is how the first owner gets in.
#[server(prefix = "/api/ui", endpoint = "setup_needed", input = Json, output = JsonAnswer)]
pub async fn setup_needed() -> ApiResult<bool> {
    who::services()?.setup_needed().await.map_err(who::answer)
}

/// Whether the server sends mail. **Permissions:** everybody; the page for a forgotten password depends on it.
#[server(prefix = "/api/ui", endpoint = "mail_is_set_up", input = Json, output = JsonAnswer)]
pub async fn mail_is_set_up() -> ApiResult<bool> {
    Ok(who::services()?.mail_is_set_up())
}

/// Whose password a link changes. **Permissions:** whoever has the link.
#[server(prefix = "/api/ui", endpoint = "reset_of", input = Json, output = JsonAnswer)]
pub async fn reset_of(token: String) -> ApiResult<String> {
    who::services()?.reset_of(&token).await.map_err(who::answer)
}
