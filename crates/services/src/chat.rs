//! Chat: what is offered to a person, and what is stored of a send. The call to the model is the gateway's.

use crate::answering::Answered;
use crate::change::forbidden;
use crate::conversations::{no_conversation, owner};
use crate::shares::ReadTurn;
use crate::snapshot::{self, access_unknown};
use crate::{Actor, Error, Services};
use domain::access::Denial;
use domain::chat::{self, Author, ChatOffer, MessageState, Send, Turn};
use domain::limits::{ANSWER_LEASE, HELPERS_SHOWN};
use domain::{ConversationId, MessageId, Problem, ProblemCode, ProviderId};
use std::collections::HashSet;
use store::WriteTx;
use store::conversations::{Asked, Owner};

/// A send that is stored and waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The conversation, which may have just begun.
    pub conversation: ConversationId,
    /// The person's message.
    pub user_message: MessageId,
    /// The answer, which is still without a word.
    pub answer: MessageId,
    /// Everything the model is told.
    pub turns: Vec<Turn>,
    /// Who is asked.
    pub provider: ProviderId,
    /// For which model.
    pub model: String,
}

/// A provider that is not to be asked.
pub(crate) struct Refused {
    /// Why not.
    pub(crate) denial: Denial,
    /// Its name.
    pub(crate) name: String,
}

impl Services {
    /// The base URL that clients of the gateway are given; that of one organization, where it is named.
    pub fn gateway_url(&self, organization: Option<&str>) -> String {
        let public = &self.inner.public_url;
        match organization {
            Some(slug) => format!("{public}/o/{slug}/v1"),
            None => format!("{public}/v1"),
        }
    }

    /// What Chat offers the actor. For every member.
    pub async fn chat_offer(&self, actor: &Actor) -> Result<ChatOffer, Error> {
        let access = self.provider_access(actor, actor.member).await?;
        let (tx, now) = (self.read(actor).await?, self.now());
        let granted: HashSet<_> = store::grants::of_member(&tx, actor.organization, actor.member, now)
            .await?
            .into_iter()
            .map(|grant| grant.provider)
            .collect();
        // Of providers that are not allowed to them people learn nothing.
        let refused = access
            .into_iter()
            .filter(|access| access.denial.is_some() && granted.contains(&access.provider.id))
            .collect();
        Ok(ChatOffer {
            providers: self.usable_providers(actor)?,
            refused,
            helpers: store::members::helpers(&tx, actor.organization, HELPERS_SHOWN).await?,
            base_url: self.gateway_url(None),
            now,
        })
    }

    /// The name of a provider that the actor may ask for a model, or why not; not found when there is no such provider.
    pub(crate) async fn to_ask(
        &self,
        actor: &Actor,
        provider: ProviderId,
        model: &str,
    ) -> Result<Result<String, Refused>, Error> {
        let chosen =
            self.snapshot()
                .choose_signed_in(actor.organization, actor.member, provider, model, self.now());
        let denial = match chosen {
            Ok((_, provider)) => return Ok(Ok(provider.name.clone())),
            Err(snapshot::Refused::Denied(denial)) => denial,
            Err(snapshot::Refused::Unknown) => return Err(access_unknown().into()),
        };
        let access = self.provider_access(actor, actor.member).await?;
        let access = access
            .into_iter()
            .find(|access| access.provider.id == provider)
            .ok_or_else(|| Problem::not_found("provider"))?;
        Ok(Err(Refused {
            denial: access.denial.unwrap_or(denial),
            name: access.provider.name,
        }))
    }

    /// Stores what the actor says and that its answer is being written, all at once or not at all. For every member, in
    /// their own conversations, one answer at a time in each.
    ///
    /// Refused before anything is stored when the provider may not be asked, so that nothing is sent twice. The gateway
    /// asks the same rule again when it makes the call.
    pub async fn begin_send(&self, actor: &Actor, send: &Send) -> Result<Begun, Error> {
        let send = send.check()?;
        let provider_name = match self.to_ask(actor, send.provider, &send.model).await? {
            Ok(name) => name,
            Err(Refused { denial, name }) => return Err(forbidden(&chat::sentence(denial, &name)).into()),
        };
        // Whoever may not read is refused before anything is stored.
        let turn = self.read_turn(actor).await?;
        let change = self.change(actor).await?;
        let owner = owner(change.actor()?);
        let asked = Asked {
            provider: send.provider,
            provider_name: &provider_name,
            model: &send.model,
        };
        let conversation = match send.conversation {
            Some(id) => {
                if !store::conversations::go_on(&change.tx, owner, id, asked, change.now).await? {
                    return Err(no_conversation().into());
                }
                self.is_free(&change.tx, owner, id).await?;
                id
            }
            None => {
                let title = chat::title_of(&send.content);
                store::conversations::insert(&change.tx, owner, &title, asked, change.now).await?
            }
        };
        let kept = make_room(&change.tx, owner, conversation, &send).await?;
        let user_message = match kept {
            Kept::Question(message) => message,
            Kept::Before => {
                store::conversations::append(&change.tx, owner, conversation, &send.content, change.now)
                    .await?
                    .ok_or_else(no_conversation)?
            }
        };
        let until = change.now.plus(ANSWER_LEASE);
        let answer = store::answers::begin(
            &change.tx,
            conversation,
            &provider_name,
            &send.model,
            until,
            change.now,
        )
        .await?;
        change.commit().await?;
        let mut begun = Begun {
            conversation,
            user_message,
            answer,
            turns: Vec::new(),
            provider: send.provider,
            model: send.model,
        };
        // Not while the change is under way: a long conversation takes long to read, and others wait to change something.
        match self.turns_until(actor, turn, &begun).await {
            Ok(turns) => begun.turns = turns,
            Err(error) => {
                let answered = Answered {
                    content: String::new(),
                    state: MessageState::Failed,
                    problem: Some(error.problem().message),
                };
                self.finish_answer(actor, &begun, &answered).await?;
                return Err(error);
            }
        }
        Ok(begun)
    }

    /// What the model is told of a conversation up to the message that is being sent.
    async fn turns_until(&self, actor: &Actor, turn: ReadTurn, begun: &Begun) -> Result<Vec<Turn>, Error> {
        let tx = self.read_in_turn(turn).await?;
        let mut messages = store::conversations::messages(&tx, owner(actor), begun.conversation).await?;
        messages.retain(|message| message.id <= begun.user_message);
        Ok(chat::turns(&messages))
    }
}

/// What of a conversation a send leaves.
enum Kept {
    /// What came before the message that is being sent.
    Before,
    /// That, and the last message of the person, which is to be answered again.
    Question(MessageId),
}

/// Takes out what a send replaces.
async fn make_room(
    tx: &WriteTx,
    owner: Owner,
    conversation: ConversationId,
    send: &Send,
) -> Result<Kept, Error> {
    let messages = store::conversations::authors(tx, owner, conversation).await?;
    let Some(from) = send.replace_from else {
        chat::check_room(messages.len())?;
        return Ok(Kept::Before);
    };
    if send
        .seen
        .is_some_and(|seen| messages.iter().any(|(id, _)| *id > seen))
    {
        return Err(Problem::new(
            ProblemCode::Conflict,
            "The conversation was continued in another window. Read the new messages, then send again.",
        )
        .into());
    }
    let is_users = |(_, author): &&(MessageId, Author)| *author == Author::User;
    if !messages.iter().filter(is_users).any(|(id, _)| *id == from) {
        return Err(Problem::not_found("message").into());
    }
    if !send.content.is_empty() {
        store::conversations::truncate(tx, owner, conversation, from).await?;
        return Ok(Kept::Before);
    }
    if messages.iter().rfind(is_users).is_some_and(|(id, _)| *id != from) {
        return Err(Problem::invalid(
            "replace_from",
            "Only the last message can be answered again. Reload the page to see the conversation as it is.",
        )
        .into());
    }
    if let Some((answer, _)) = messages.iter().find(|(id, _)| *id > from) {
        store::conversations::truncate(tx, owner, conversation, *answer).await?;
    }
    Ok(Kept::Question(from))
}
