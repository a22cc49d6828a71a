//! Conversations in Chat. They belong to one member: nothing is found or changed without both the organization and the
//! member.

use crate::connection::{Conn, Inner, WriteTx};
use crate::entity::{conversation, message};
use crate::error::{Result, known};
use crate::sql::{self, Sql};
use domain::chat::{Author, ConversationSummary, Message, MessageState};
use domain::limits::{EXCERPT_CHARS, HISTORY_SEARCH_BYTES};
use domain::search::{excerpt, fold, words};
use domain::text::is_storable;
use domain::{ConversationId, MemberId, MessageId, OrganizationId, ProviderId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, Set,
};

/// Octets of messages that one statement of a search looks at.
const SEARCHED_AT_ONCE: i64 = 8 * 1024 * 1024;

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
        excerpt: None,
    }
}

/// How many there are.
pub async fn count(conn: &impl Conn, owner: Owner) -> Result<u32> {
    let query = "SELECT count(*) FROM conversation c WHERE c.organization_id = ? AND c.member_id = ?";
    let values = vec![owner.organization.0.into(), owner.member.0.into()];
    sql::number_of(conn, query, values).await
}

/// The newest conversations, at most so many.
pub async fn newest(conn: &impl Conn, owner: Owner, most: u32) -> Result<Vec<ConversationSummary>> {
    let mut query = Sql::default();
    query.push(SUMMARY).bind(owner.organization.0);
    query.push(" AND c.member_id = ").bind(owner.member.0);
    query
        .push(" ORDER BY c.updated_at DESC, c.id DESC LIMIT ")
        .bind(i64::from(most));
    let rows = sql::rows(conn, &query.text, query.values).await?;
    Ok(rows.into_iter().map(summary).collect())
}

/// What a search of the history found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The newest conversations that match.
    pub conversations: Vec<ConversationSummary>,
    /// There may be older ones.
    pub more: bool,
}

#[derive(FromQueryResult)]
struct SizeRow {
    id: i64,
    bytes: i64,
}

/// The newest conversations in whose title or messages each word of the search stands, at most so many. Looks at
/// [`HISTORY_SEARCH_BYTES`] of messages, a part after the other, and ends as soon as there are enough.
pub async fn search(conn: &impl Conn, owner: Owner, text: &str, most: u32) -> Result<Found> {
    let words = words(text);
    if words.is_empty() {
        let conversations = newest(conn, owner, most).await?;
        return Ok(Found {
            conversations,
            more: false,
        });
    }
    // No stored text has a NUL, and neither database takes one.
    if !words.iter().all(|word| is_storable(word)) {
        return Ok(Found::default());
    }
    let sizes: Vec<SizeRow> = sql::rows(
        conn,
        "SELECT c.id, CAST(coalesce((SELECT sum(octet_length(m.content_folded)) FROM message m \
         WHERE m.conversation_id = c.id), 0) AS bigint) AS bytes \
         FROM conversation c WHERE c.organization_id = ? AND c.member_id = ? \
         ORDER BY c.updated_at DESC, c.id DESC",
        vec![owner.organization.0.into(), owner.member.0.into()],
    )
    .await?;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut found = Found::default();
    let (mut looked_at, mut part, mut part_bytes) = (0, Vec::new(), 0);
    for (index, size) in sizes.iter().enumerate() {
        part.push(size.id);
        part_bytes += size.bytes;
        let last = index + 1 == sizes.len();
        if !last && part_bytes < SEARCHED_AT_ONCE {
            continue;
        }
        found
            .conversations
            .extend(matching(conn, owner, &words, std::mem::take(&mut part)).await?);
        looked_at += std::mem::take(&mut part_bytes);
        found.more = !last;
        if found.conversations.len() >= most || looked_at >= HISTORY_SEARCH_BYTES {
            break;
        }
    }
    if found.conversations.len() > most {
        found.conversations.truncate(most);
        found.more = true;
    }
    add_excerpts(conn, &words, &mut found.conversations).await?;
    Ok(found)
}

#[derive(FromQueryResult)]
struct FoundRow {
    conversation_id: i64,
    content: String,
}

/// Adds what was found in the latest message that has one of the words.
async fn add_excerpts(
    conn: &impl Conn,
    words: &[String],
    conversations: &mut [ConversationSummary],
) -> Result<()> {
    let mut query = Sql::default();
    let (postgres, position) = position(conn);
    query.push("SELECT m.conversation_id, substr(m.content, 1, CAST(");
    query.bind(EXCERPT_CHARS).push(
        " AS integer)) AS content FROM message m JOIN (SELECT max(f.id) AS id FROM message f WHERE f.conversation_id IN (",
    );
    query.push(sql::ids_in_list(postgres));
    query
        .values
        .push(sql::id_list(conversations.iter().map(|one| one.id.0)).into());
    query.push(") AND (1 = 0");
    for word in words {
        query.push(" OR ").push(position).push("f.content_folded, ");
        query.bind(word.as_str()).push(") > 0");
    }
    query.push(") GROUP BY f.conversation_id) latest ON latest.id = m.id");
    let rows: Vec<FoundRow> = sql::rows(conn, &query.text, query.values).await?;
    for row in rows {
        let its = conversations
            .iter_mut()
            .find(|one| one.id.0 == row.conversation_id);
        if let Some(conversation) = its {
            conversation.excerpt = excerpt(&row.content, words);
        }
    }
    Ok(())
}

/// Whether this is PostgreSQL, and its function that looks for a text as it is, which is several times quicker than LIKE
/// on long ones.
fn position(conn: &impl Conn) -> (bool, &'static str) {
    match conn.inner().get_database_backend() {
        DbBackend::Postgres => (true, "strpos("),
        _ => (false, "instr("),
    }
}

/// Those of a few conversations that match, newest first.
async fn matching(
    conn: &impl Conn,
    owner: Owner,
    words: &[String],
    ids: Vec<i64>,
) -> Result<Vec<ConversationSummary>> {
    let (postgres, position) = position(conn);
    let mut query = Sql::default();
    query.push(SUMMARY).bind(owner.organization.0);
    query.push(" AND c.member_id = ").bind(owner.member.0);
    query
        .push(" AND c.id IN (")
        .push(sql::ids_in_list(postgres))
        .push(")");
    query.values.push(sql::id_list(ids).into());
    for word in words {
        query
            .push(" AND (")
            .push(position)
            .push("c.title_folded, ")
            .bind(word.as_str())
            .push(") > 0 OR EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = c.id AND ")
            .push(position)
            .push("m.content_folded, ")
            .bind(word.as_str())
            .push(") > 0))");
    }
    query.push(" ORDER BY c.updated_at DESC, c.id DESC");
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

#[derive(FromQueryResult)]
struct AuthorRow {
    id: i64,
    role: String,
}

/// Who said what in a conversation, oldest first, without what was said: it may be long.
pub async fn authors(
    conn: &impl Conn,
    owner: Owner,
    conversation: ConversationId,
) -> Result<Vec<(MessageId, Author)>> {
    let rows: Vec<AuthorRow> = sql::rows(
        conn,
        "SELECT m.id, m.role FROM message m JOIN conversation c ON c.id = m.conversation_id \
         WHERE c.organization_id = ? AND c.member_id = ? AND c.id = ? ORDER BY m.id",
        vec![
            owner.organization.0.into(),
            owner.member.0.into(),
            conversation.0.into(),
        ],
    )
    .await?;
    rows.into_iter()
        .map(|row| Ok((MessageId(row.id), known("message.role", &row.role)?)))
        .collect()
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
                html: String::new(),
                state: known("message.state", &row.state)?,
                problem: row.problem,
                provider_name: row.provider_name,
                model: row.model,
                created_at: Timestamp(row.created_at),
            })
        })
        .collect()
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

pub(crate) fn mine(owner: Owner, conversation: ConversationId) -> sea_orm::UpdateMany<conversation::Entity> {
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
