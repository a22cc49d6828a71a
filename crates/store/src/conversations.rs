//! Conversations in Chat. They belong to one member: nothing is found or changed without both the organization and the
//! member.

use crate::connection::{Conn, Inner, WriteTx};
use crate::entity::{conversation, message};
use crate::error::{Result, known};
use crate::sql::{self, Sql};
use domain::chat::{Author, ConversationSummary, Message, MessageState};
use domain::limits::{SEARCH_BYTES, SEARCH_TERMS};
use domain::search::fold;
use domain::{ConversationId, MemberId, MessageId, OrganizationId, ProviderId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, Set};

/// Whose conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// In which organization.
    pub organization: OrganizationId,
    /// Whose row of it.
    pub member: MemberId,
}

/// Who is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The provider.
    pub provider: ProviderId,
    /// Its name, which is kept when it is deleted.
    pub provider_name: &'a str,
    /// The model.
    pub model: &'a str,
}

/// An answer to store.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// What came.
    pub content: &'a str,
    /// How it ended.
    pub state: MessageState,
    /// What broke it off.
    pub problem: Option<&'a str>,
    /// The name of the provider that was asked.
    pub provider_name: &'a str,
    /// The model that was asked.
    pub model: &'a str,
}

#[derive(FromQueryResult)]
struct SummaryRow {
    id: i64,
    title: String,
    provider_id: Option<i64>,
    provider_name: String,
    model: String,
    updated_at: i64,
}

const SUMMARY: &str = "SELECT c.id, c.title, c.provider_id, c.provider_name, c.model, c.updated_at \
     FROM conversation c WHERE c.organization_id = ";

fn summary(row: SummaryRow) -> ConversationSummary {
    ConversationSummary {
        id: ConversationId(row.id),
        title: row.title,
        provider: row.provider_id.map(ProviderId),
        provider_name: row.provider_name,
        model: row.model,
        updated_at: Timestamp(row.updated_at),
    }
}

/// A pattern that finds a text anywhere, taken as it is.
fn anywhere(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// The words of a search, as texts are stored for it.
fn words(search: &str) -> Vec<String> {
    let cut = search.floor_char_boundary(SEARCH_BYTES);
    fold(&search[..cut])
        .split_whitespace()
        .take(SEARCH_TERMS)
        .map(str::to_owned)
        .collect()
}

/// The newest conversations in whose title or messages each word of the search stands; all when it is empty.
pub async fn list(
    conn: &impl Conn,
    owner: Owner,
    search: &str,
    most: u32,
) -> Result<Vec<ConversationSummary>> {
    let mut query = Sql::default();
    query.push(SUMMARY).bind(owner.organization.0);
    query.push(" AND c.member_id = ").bind(owner.member.0);
    for word in words(search) {
        let pattern = anywhere(&word);
        query
            .push(" AND (c.title_folded LIKE ")
            .bind(pattern.clone())
            .push(
                " ESCAPE '\\' OR EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = c.id \
                 AND m.content_folded LIKE ",
            )
            .bind(pattern)
            .push(" ESCAPE '\\'))");
    }
    query
        .push(" ORDER BY c.updated_at DESC, c.id DESC LIMIT ")
        .bind(i64::from(most));
    let rows = sql::rows(conn, &query.text, query.values).await?;
    Ok(rows.into_iter().map(summary).collect())
}

/// One conversation, without its messages.
pub async fn get(
    conn: &impl Conn,
    owner: Owner,
    conversation: ConversationId,
) -> Result<Option<ConversationSummary>> {
    let mut query = Sql::default();
    query.push(SUMMARY).bind(owner.organization.0);
    query.push(" AND c.member_id = ").bind(owner.member.0);
    query.push(" AND c.id = ").bind(conversation.0);
    let rows = sql::rows(conn, &query.text, query.values).await?;
    Ok(rows.into_iter().next().map(summary))
}

#[derive(FromQueryResult)]
struct MessageRow {
    id: i64,
    role: String,
    content: String,
    state: String,
    problem: Option<String>,
    provider_name: String,
    model: String,
    created_at: i64,
}

/// The messages of a conversation, oldest first.
pub async fn messages(conn: &impl Conn, owner: Owner, conversation: ConversationId) -> Result<Vec<Message>> {
    let rows: Vec<MessageRow> = sql::rows(
        conn,
        "SELECT m.id, m.role, m.content, m.state, m.problem, m.provider_name, m.model, m.created_at \
         FROM message m JOIN conversation c ON c.id = m.conversation_id \
         WHERE c.organization_id = ? AND c.member_id = ? AND c.id = ? ORDER BY m.id",
        vec![
            owner.organization.0.into(),
            owner.member.0.into(),
            conversation.0.into(),
        ],
    )
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Message {
                id: MessageId(row.id),
                author: known("message.role", &row.role)?,
                content: row.content,
                state: known("message.state", &row.state)?,
                problem: row.problem,
                provider_name: row.provider_name,
                model: row.model,
                created_at: Timestamp(row.created_at),
            })
        })
        .collect()
}

#[derive(FromQueryResult)]
struct LastRow {
    id: Option<i64>,
}

/// The last message of a conversation.
async fn last(conn: &impl Conn, owner: Owner, conversation: ConversationId) -> Result<Option<MessageId>> {
    let rows: Vec<LastRow> = sql::rows(
        conn,
        "SELECT max(m.id) AS id FROM message m JOIN conversation c ON c.id = m.conversation_id \
         WHERE c.organization_id = ? AND c.member_id = ? AND c.id = ?",
        vec![
            owner.organization.0.into(),
            owner.member.0.into(),
            conversation.0.into(),
        ],
    )
    .await?;
    Ok(rows.into_iter().next().and_then(|row| row.id).map(MessageId))
}

/// Begins a conversation, still without messages.
pub async fn insert(
    tx: &WriteTx,
    owner: Owner,
    title: &str,
    asked: Asked<'_>,
    now: Timestamp,
) -> Result<ConversationId> {
    let row = conversation::ActiveModel {
        organization_id: Set(owner.organization.0),
        member_id: Set(owner.member.0),
        title: Set(title.to_owned()),
        title_folded: Set(fold(title)),
        provider_id: Set(Some(asked.provider.0)),
        provider_name: Set(asked.provider_name.to_owned()),
        model: Set(asked.model.to_owned()),
        created_at: Set(now.0),
        updated_at: Set(now.0),
        ..Default::default()
    };
    Ok(ConversationId(row.insert(tx.inner()).await?.id))
}

/// Goes on with a conversation, perhaps with somebody else. False when it is gone.
pub async fn go_on(
    tx: &WriteTx,
    owner: Owner,
    conversation: ConversationId,
    asked: Asked<'_>,
    now: Timestamp,
) -> Result<bool> {
    let done = mine(owner, conversation)
        .col_expr(conversation::Column::ProviderId, Expr::value(asked.provider.0))
        .col_expr(
            conversation::Column::ProviderName,
            Expr::value(asked.provider_name),
        )
        .col_expr(conversation::Column::Model, Expr::value(asked.model))
        .col_expr(conversation::Column::UpdatedAt, Expr::value(now.0))
        .exec(tx.inner())
        .await?;
    Ok(done.rows_affected == 1)
}

fn mine(owner: Owner, conversation: ConversationId) -> sea_orm::UpdateMany<conversation::Entity> {
    conversation::Entity::update_many()
        .filter(conversation::Column::OrganizationId.eq(owner.organization.0))
        .filter(conversation::Column::MemberId.eq(owner.member.0))
        .filter(conversation::Column::Id.eq(conversation.0))
}

/// Gives a conversation another title. False when it is gone.
pub async fn rename(tx: &WriteTx, owner: Owner, conversation: ConversationId, title: &str) -> Result<bool> {
    let done = mine(owner, conversation)
        .col_expr(conversation::Column::Title, Expr::value(title))
        .col_expr(conversation::Column::TitleFolded, Expr::value(fold(title)))
        .exec(tx.inner())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Deletes a conversation with its messages. False when it is gone already.
pub async fn delete(tx: &WriteTx, owner: Owner, conversation: ConversationId) -> Result<bool> {
    let done = conversation::Entity::delete_many()
        .filter(conversation::Column::OrganizationId.eq(owner.organization.0))
        .filter(conversation::Column::MemberId.eq(owner.member.0))
        .filter(conversation::Column::Id.eq(conversation.0))
        .exec(tx.inner())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Deletes a message and every one after it; how many they were.
pub async fn truncate(
    tx: &WriteTx,
    owner: Owner,
    conversation: ConversationId,
    from: MessageId,
) -> Result<u64> {
    sql::execute(
        tx,
        "DELETE FROM message WHERE id >= ? AND conversation_id = \
         (SELECT id FROM conversation WHERE organization_id = ? AND member_id = ? AND id = ?)",
        vec![
            from.0.into(),
            owner.organization.0.into(),
            owner.member.0.into(),
            conversation.0.into(),
        ],
    )
    .await
}

/// Adds what the person says. `None` when the conversation is gone.
pub async fn append(
    tx: &WriteTx,
    owner: Owner,
    conversation: ConversationId,
    content: &str,
    now: Timestamp,
) -> Result<Option<MessageId>> {
    if get(tx, owner, conversation).await?.is_none() {
        return Ok(None);
    }
    let row = message::ActiveModel {
        conversation_id: Set(conversation.0),
        role: Set(Author::User.as_str().to_owned()),
        content: Set(content.to_owned()),
        content_folded: Set(fold(content)),
        state: Set(MessageState::Complete.as_str().to_owned()),
        problem: Set(None),
        provider_name: Set(String::new()),
        model: Set(String::new()),
        created_at: Set(now.0),
        ..Default::default()
    };
    Ok(Some(MessageId(row.insert(tx.inner()).await?.id)))
}

/// Adds the answer to a message. `None` when that is no longer the last one: it was replaced, or the conversation
/// deleted, while the answer was written.
pub async fn finish(
    tx: &WriteTx,
    owner: Owner,
    conversation: ConversationId,
    to: MessageId,
    answer: Answer<'_>,
    now: Timestamp,
) -> Result<Option<MessageId>> {
    if last(tx, owner, conversation).await? != Some(to) {
        return Ok(None);
    }
    let row = message::ActiveModel {
        conversation_id: Set(conversation.0),
        role: Set(Author::Assistant.as_str().to_owned()),
        content: Set(answer.content.to_owned()),
        content_folded: Set(fold(answer.content)),
        state: Set(answer.state.as_str().to_owned()),
        problem: Set(answer.problem.map(str::to_owned)),
        provider_name: Set(answer.provider_name.to_owned()),
        model: Set(answer.model.to_owned()),
        created_at: Set(now.0),
        ..Default::default()
    };
    let id = row.insert(tx.inner()).await?.id;
    mine(owner, conversation)
        .col_expr(conversation::Column::UpdatedAt, Expr::value(now.0))
        .exec(tx.inner())
        .await?;
    Ok(Some(MessageId(id)))
}
