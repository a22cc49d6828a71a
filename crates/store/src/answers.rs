//! Answers in conversations, from the moment they are asked for.
//!
//! An answer has its row before its first word comes, so that a conversation whose answer is being written says so to
//! whoever reads it, and so that what had come is kept when the server dies.

use crate::connection::{Conn, Inner, WriteTx};
use crate::conversations::{Owner, mine};
use crate::entity::{conversation, message};
use crate::error::Result;
use crate::sql;
use domain::chat::{Author, CUT_OFF, MessageState};
use domain::search::fold;
use domain::{ConversationId, MessageId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, FromQueryResult, Set, Value};

/// An answer to store.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// What came.
    pub content: &'a str,
    /// How it ended.
    pub state: MessageState,
    /// What broke it off.
    pub problem: Option<&'a str>,
}

/// An answer that is being written, or was when its server died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writing {
    /// Which one.
    pub answer: MessageId,
    /// Until when its server has promised to say that it is still there.
    pub until: Timestamp,
}

#[derive(FromQueryResult)]
struct WritingRow {
    id: i64,
    until: i64,
}

/// The newest answer of a conversation that is not complete.
pub async fn writing(
    conn: &impl Conn,
    owner: Owner,
    conversation: ConversationId,
) -> Result<Option<Writing>> {
    let rows: Vec<WritingRow> = sql::rows(
        conn,
        "SELECT m.id, m.writing_until AS until FROM message m JOIN conversation c ON c.id = m.conversation_id \
         WHERE c.organization_id = ? AND c.member_id = ? AND c.id = ? AND m.writing_until IS NOT NULL \
         ORDER BY m.id DESC LIMIT 1",
        of(owner, conversation).into(),
    )
    .await?;
    Ok(rows.into_iter().next().map(|row| Writing {
        answer: MessageId(row.id),
        until: Timestamp(row.until),
    }))
}

/// Adds the row of an answer that is being asked for. The conversation must be the owner's.
pub async fn begin(
    tx: &WriteTx,
    conversation: ConversationId,
    provider_name: &str,
    model: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<MessageId> {
    let row = message::ActiveModel {
        conversation_id: Set(conversation.0),
        role: Set(Author::Assistant.as_str().to_owned()),
        content: Set(String::new()),
        content_folded: Set(String::new()),
        state: Set(MessageState::Failed.as_str().to_owned()),
        problem: Set(Some(CUT_OFF.to_owned())),
        provider_name: Set(provider_name.to_owned()),
        model: Set(model.to_owned()),
        created_at: Set(now.0),
        writing_until: Set(Some(until.0)),
        ..Default::default()
    };
    Ok(MessageId(row.insert(tx.inner()).await?.id))
}

/// Keeps what has come of an answer. False when nobody waits for it any more: it was stopped elsewhere, or is gone.
pub async fn keep(
    tx: &WriteTx,
    owner: Owner,
    conversation: ConversationId,
    answer: MessageId,
    content: &str,
    until: Timestamp,
) -> Result<bool> {
    let mut values: Vec<Value> = vec![
        content.into(),
        fold(content).into(),
        until.0.into(),
        answer.0.into(),
    ];
    values.extend(of(owner, conversation));
    let kept = sql::execute(
        tx,
        "UPDATE message SET content = ?, content_folded = ?, writing_until = ? \
         WHERE id = ? AND writing_until IS NOT NULL AND conversation_id = \
         (SELECT id FROM conversation WHERE organization_id = ? AND member_id = ? AND id = ?)",
        values,
    )
    .await?;
    Ok(kept == 1)
}

/// Stores an answer as it ended. False when it is gone: it was replaced, or the conversation deleted, meanwhile.
pub async fn finish(
    tx: &WriteTx,
    owner: Owner,
    conversation: ConversationId,
    id: MessageId,
    answer: Answer<'_>,
    now: Timestamp,
) -> Result<bool> {
    let mut values: Vec<Value> = vec![
        answer.content.into(),
        fold(answer.content).into(),
        answer.state.as_str().into(),
        answer.problem.map(str::to_owned).into(),
        now.0.into(),
        id.0.into(),
        Author::Assistant.as_str().into(),
    ];
    values.extend(of(owner, conversation));
    let stored = sql::execute(
        tx,
        "UPDATE message SET content = ?, content_folded = ?, state = ?, problem = ?, created_at = ?, writing_until = NULL \
         WHERE id = ? AND role = ? AND conversation_id = \
         (SELECT id FROM conversation WHERE organization_id = ? AND member_id = ? AND id = ?)",
        values,
    )
    .await?;
    if stored == 0 {
        return Ok(false);
    }
    mine(owner, conversation)
        .col_expr(conversation::Column::UpdatedAt, Expr::value(now.0))
        .exec(tx.inner())
        .await?;
    Ok(true)
}

/// Marks an answer that is being written as stopped, with what had been kept of it. Its server learns of it with the next
/// [`keep`].
pub async fn stop(tx: &WriteTx, owner: Owner, conversation: ConversationId) -> Result<()> {
    let mut values: Vec<Value> = vec![MessageState::Stopped.as_str().into()];
    values.extend(of(owner, conversation));
    sql::execute(
        tx,
        "UPDATE message SET state = ?, problem = NULL, writing_until = NULL \
         WHERE writing_until IS NOT NULL AND conversation_id = \
         (SELECT id FROM conversation WHERE organization_id = ? AND member_id = ? AND id = ?)",
        values,
    )
    .await?;
    Ok(())
}

/// What picks a conversation of its owner, in the order in which the statements ask for it.
fn of(owner: Owner, conversation: ConversationId) -> [Value; 3] {
    [
        owner.organization.0.into(),
        owner.member.0.into(),
        conversation.0.into(),
    ]
}
