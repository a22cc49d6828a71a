//! Chat: what it offers, and the own conversations. Sending is a route of its own, since its answer comes bit by bit.

use super::ApiResult;
use super::json::{Json, JsonAnswer};
use domain::ConversationId;
use domain::chat::{ChatOffer, Conversation, History};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::who;

/// The providers and models that may be used, and who can help. **Permissions:** the organization's active members.
#[server(name = GetChatOffer, prefix = "/api/ui", endpoint = "chat_offer", input = Json, output = JsonAnswer)]
pub async fn chat_offer(org: String) -> ApiResult<ChatOffer> {
    let actor = who::actor(&org).await?;
    who::services()?.chat_offer(&actor).await.map_err(who::answer)
}

/// The own conversations that match. **Permissions:** the organization's active members, each their own.
#[server(prefix = "/api/ui", endpoint = "list_conversations", input = Json, output = JsonAnswer)]
pub async fn list_conversations(org: String, search: String) -> ApiResult<History> {
    let actor = who::actor(&org).await?;
    who::services()?
        .history(&actor, &search)
        .await
        .map_err(who::answer)
}

/// One conversation. **Permissions:** whoever had it.
#[server(prefix = "/api/ui", endpoint = "get_conversation", input = Json, output = JsonAnswer)]
pub async fn get_conversation(org: String, conversation: ConversationId) -> ApiResult<Conversation> {
    let actor = who::actor(&org).await?;
    who::services()?
        .conversation(&actor, conversation)
        .await
        .map_err(who::answer)
}

/// Gives a conversation another title. **Permissions:** whoever had it.
#[server(prefix = "/api/ui", endpoint = "rename_conversation", input = Json, output = JsonAnswer)]
pub async fn rename_conversation(org: String, conversation: ConversationId, title: String) -> ApiResult<()> {
    let actor = who::actor(&org).await?;
    who::services()?
        .rename_conversation(&actor, conversation, &title)
        .await
        .map_err(who::answer)
}

/// Deletes a conversation. **Permissions:** whoever had it.
#[server(prefix = "/api/ui", endpoint = "delete_conversation", input = Json, output = JsonAnswer)]
pub async fn delete_conversation(org: String, conversation: ConversationId) -> ApiResult<()> {
    let actor = who::actor(&org).await?;
    who::services()?
        .delete_conversation(&actor, conversation)
        .await
        .map_err(who::answer)
}

/// Stops the answer that is being written in a conversation. **Permissions:** whoever had it.
#[server(prefix = "/api/ui", endpoint = "stop_answer", input = Json, output = JsonAnswer)]
pub async fn stop_answer(org: String, conversation: ConversationId) -> ApiResult<()> {
    let actor = who::actor(&org).await?;
    who::services()?
        .stop_answer(&actor, conversation)
        .await
        .map_err(who::answer)
}
