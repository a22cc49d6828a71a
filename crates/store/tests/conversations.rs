//! Conversations: kept in order, found by what stands in them, and nobody else's.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use domain::chat::{Author, MessageState};
use domain::{ConversationId, MemberId, MessageId, ProviderId, Role};
use store::answers::{self, Answer};
use store::conversations::{
    Asked, Owner, append, delete, get, go_on, insert, messages, newest, rename, search, truncate,
};
use store::testing::NOW;
use store::{Store, WriteTx, members, providers, users};

on_both!(
    messages_come_in_order_and_are_replaced_from_any_of_them,
    a_search_finds_titles_and_contents,
    an_answer_has_its_row_from_the_beginning,
    an_answer_that_was_replaced_is_not_stored,
    nobody_else_finds_or_changes_anything,
    conversations_go_with_their_member_and_outlive_their_provider,
);

struct Place {
    owner: Owner,
    provider: ProviderId,
}

impl Place {
    fn asked(&self) -> Asked<'static> {
        Asked {
            provider: self.provider,
            provider_name: "Lab",
            model: "small",
        }
    }
}

/// A member of a new organization with a provider.
async fn place(store: &Store, slug: &str) -> Place {
    let tx = store.write().await.unwrap();
    let organization = store::testing::organization(&tx, slug).await.unwrap();
    let email = format!("ana@{slug}.example");
    let user = users::NewUser {
        name: "Ana",
        email: &email,
        email_identity: &email,
        password_hash: None,
    };
    let user = users::insert(&tx, user, NOW).await.unwrap();
    let member = members::NewMember {
        user,
        name: "Ana",
        email: &email,
        email_identity: &email,
        role: Role::Member,
        last_login: None,
    };
    let member = members::insert_active(&tx, organization, member, NOW)
        .await
        .unwrap();
    let provider = store::testing::provider("Lab", "lab");
    let provider = providers::insert(&tx, organization, provider, NOW).await.unwrap();
    tx.commit().await.unwrap();
    Place {
        owner: Owner { organization, member },
        provider,
    }
}

const ANSWER: Answer<'static> = Answer {
    content: "Hi there",
    state: MessageState::Complete,
    problem: None,
};

/// An answer that is asked for and comes.
async fn answered(tx: &WriteTx, owner: Owner, id: ConversationId, answer: Answer<'_>, at: i64) -> MessageId {
    let now = NOW.plus(at);
    let row = answers::begin(tx, id, "Lab", "small", now.plus(1), now)
        .await
        .unwrap();
    assert!(answers::finish(tx, owner, id, row, answer, now).await.unwrap());
    row
}

async fn begun(store: &Store, place: &Place, title: &str, content: &str, at: i64) -> ConversationId {
    let tx = store.write().await.unwrap();
    let now = NOW.plus(at);
    let id = insert(&tx, place.owner, title, place.asked(), now).await.unwrap();
    append(&tx, place.owner, id, content, now).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    id
}

async fn titles(store: &Store, owner: Owner, text: &str) -> Vec<String> {
    let tx = store.read().await.unwrap();
    let found = search(&tx, owner, text, 10).await.unwrap();
    found.conversations.into_iter().map(|c| c.title).collect()
}

async fn messages_come_in_order_and_are_replaced_from_any_of_them(store: Store) {
    let place = place(&store, "acme").await;
    let owner = place.owner;
    let id = begun(&store, &place, "Hello", "Hello", 0).await;
    let tx = store.write().await.unwrap();
    let first = messages(&tx, owner, id).await.unwrap()[0].id;
    let answer = answered(&tx, owner, id, ANSWER, 1).await;
    let second = append(&tx, owner, id, "And?", NOW.plus(2))
        .await
        .unwrap()
        .unwrap();
    let broken = Answer {
        content: "",
        state: MessageState::Failed,
        problem: Some("It broke. Try again."),
    };
    answered(&tx, owner, id, broken, 3).await;
    tx.commit().await.unwrap();

    let tx = store.read().await.unwrap();
    let all = messages(&tx, owner, id).await.unwrap();
    let seen: Vec<_> = all
        .iter()
        .map(|m| (m.author, m.content.as_str(), m.state))
        .collect();
    assert_eq!(
        seen,
        [
            (Author::User, "Hello", MessageState::Complete),
            (Author::Assistant, "Hi there", MessageState::Complete),
            (Author::User, "And?", MessageState::Complete),
            (Author::Assistant, "", MessageState::Failed),
        ]
    );
    assert_eq!(all[3].problem.as_deref(), Some("It broke. Try again."));
    assert_eq!(
        (all[1].provider_name.as_str(), all[1].model.as_str()),
        ("Lab", "small")
    );
    assert_eq!(
        get(&tx, owner, id).await.unwrap().unwrap().updated_at,
        NOW.plus(3)
    );
    drop(tx);

    let tx = store.write().await.unwrap();
    assert_eq!(truncate(&tx, owner, id, second).await.unwrap(), 2);
    tx.commit().await.unwrap();
    let tx = store.read().await.unwrap();
    let left: Vec<_> = messages(&tx, owner, id)
        .await
        .unwrap()
        .into_iter()
        .map(|m| m.id)
        .collect();
    assert_eq!(left, [first, answer]);
}

async fn a_search_finds_titles_and_contents(store: Store) {
    let place = place(&store, "acme").await;
    let owner = place.owner;
    begun(&store, &place, "Résumé for May", "Write it", 0).await;
    begun(&store, &place, "Discount", "What is 100% of 5_000?", 1).await;
    begun(&store, &place, "Paths", "C:\\temp\nand more lines", 2).await;
    for (search, wanted) in [
        ("", vec!["Paths", "Discount", "Résumé for May"]),
        ("  ", vec!["Paths", "Discount", "Résumé for May"]),
        ("resume", vec!["Résumé for May"]),
        ("MAY write", vec!["Résumé for May"]),
        ("may paths", vec![]),
        ("100%", vec!["Discount"]),
        ("0%5", vec![]),
        ("5_000", vec!["Discount"]),
        ("5x000", vec![]),
        ("c:\\TEMP", vec!["Paths"]),
        ("temp and", vec!["Paths"]),
        ("\\", vec!["Paths"]),
        ("'; DROP TABLE message; --", vec![]),
    ] {
        assert_eq!(titles(&store, owner, search).await, wanted, "{search:?}");
    }
    let excerpts = async |text: &str| {
        let tx = store.read().await.unwrap();
        let found = search(&tx, owner, text, 10).await.unwrap().conversations;
        let parts = found
            .into_iter()
            .map(|one| one.excerpt.map(|it| (it.before, it.found, it.after)));
        parts.collect::<Vec<_>>()
    };
    let part =
        |before: &str, found: &str, after: &str| vec![Some((before.into(), found.into(), after.into()))];
    assert_eq!(
        excerpts("MORE paths").await,
        part("C:\\temp and ", "more", " lines")
    );
    assert_eq!(excerpts("100%").await, part("What is ", "100%", " of 5_000?"));
    // What is found in the title alone is seen there.
    assert_eq!(excerpts("resume").await, vec![None]);
    let long = "é".repeat(2_000);
    assert_eq!(titles(&store, owner, &long).await, Vec::<String>::new());

    let tx = store.write().await.unwrap();
    let found = search(&tx, owner, "resume", 10).await.unwrap().conversations[0].id;
    assert!(rename(&tx, owner, found, "Plan").await.unwrap());
    assert!(
        go_on(&tx, owner, found, place.asked(), NOW.plus(9))
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    assert_eq!(titles(&store, owner, "").await, ["Plan", "Paths", "Discount"]);
    assert_eq!(titles(&store, owner, "resume").await, Vec::<String>::new());
    let tx = store.read().await.unwrap();
    assert_eq!(newest(&tx, owner, 2).await.unwrap().len(), 2);
}

async fn an_answer_has_its_row_from_the_beginning(store: Store) {
    let place = place(&store, "acme").await;
    let owner = place.owner;
    let id = begun(&store, &place, "Hello", "Hello", 0).await;
    let tx = store.write().await.unwrap();
    assert_eq!(answers::writing(&tx, owner, id).await.unwrap(), None);
    let until = NOW.plus(10);
    let answer = answers::begin(&tx, id, "Lab", "small", until, NOW).await.unwrap();
    let writing = Some(answers::Writing { answer, until });
    assert_eq!(answers::writing(&tx, owner, id).await.unwrap(), writing);
    let last = async || messages(&tx, owner, id).await.unwrap().pop().unwrap();
    // What it is when its server dies.
    assert_eq!(
        (last().await.id, last().await.state),
        (answer, MessageState::Failed)
    );
    assert_eq!(last().await.problem.as_deref(), Some(domain::chat::CUT_OFF));

    let later = NOW.plus(20);
    assert!(
        answers::keep(&tx, owner, id, answer, "Half an", later)
            .await
            .unwrap()
    );
    let writing = Some(answers::Writing { answer, until: later });
    assert_eq!(answers::writing(&tx, owner, id).await.unwrap(), writing);
    assert_eq!(last().await.content, "Half an");
    let found = search(&tx, owner, "half", 10).await.unwrap();
    assert_eq!(found.conversations.len(), 1);

    answers::stop(&tx, owner, id).await.unwrap();
    assert_eq!(answers::writing(&tx, owner, id).await.unwrap(), None);
    assert_eq!(
        (last().await.state, last().await.problem),
        (MessageState::Stopped, None)
    );
    // Its server hears of that.
    assert!(
        !answers::keep(&tx, owner, id, answer, "Half an answer", later)
            .await
            .unwrap()
    );
    assert_eq!(last().await.content, "Half an");
    // And stores all that it has.
    assert!(
        answers::finish(&tx, owner, id, answer, ANSWER, later)
            .await
            .unwrap()
    );
    assert_eq!(last().await.content, ANSWER.content);
    tx.commit().await.unwrap();
}

async fn an_answer_that_was_replaced_is_not_stored(store: Store) {
    let place = place(&store, "acme").await;
    let owner = place.owner;
    let id = begun(&store, &place, "Hello", "Hello", 0).await;
    let tx = store.write().await.unwrap();
    let first = messages(&tx, owner, id).await.unwrap()[0].id;
    let row = answers::begin(&tx, id, "Lab", "small", NOW, NOW).await.unwrap();
    // A question is no answer.
    assert!(!answers::finish(&tx, owner, id, first, ANSWER, NOW).await.unwrap());
    truncate(&tx, owner, id, first).await.unwrap();
    append(&tx, owner, id, "Hello again", NOW).await.unwrap().unwrap();
    assert!(!answers::finish(&tx, owner, id, row, ANSWER, NOW).await.unwrap());
    assert!(!answers::keep(&tx, owner, id, row, "x", NOW).await.unwrap());
    assert_eq!(messages(&tx, owner, id).await.unwrap().len(), 1);
    assert!(delete(&tx, owner, id).await.unwrap());
    assert!(!delete(&tx, owner, id).await.unwrap());
    assert!(!answers::finish(&tx, owner, id, row, ANSWER, NOW).await.unwrap());
    assert_eq!(append(&tx, owner, id, "x", NOW).await.unwrap(), None);
    tx.commit().await.unwrap();
}

async fn nobody_else_finds_or_changes_anything(store: Store) {
    let mine = place(&store, "acme").await;
    let theirs = place(&store, "other").await;
    let id = begun(&store, &mine, "Mine", "secret", 0).await;
    let strangers = [
        theirs.owner,
        Owner {
            organization: theirs.owner.organization,
            ..mine.owner
        },
        Owner {
            member: MemberId(mine.owner.member.0 + 1_000),
            ..mine.owner
        },
        Owner {
            member: theirs.owner.member,
            ..mine.owner
        },
    ];
    let tx = store.write().await.unwrap();
    let first = messages(&tx, mine.owner, id).await.unwrap()[0].id;
    let answer = answers::begin(&tx, id, "Lab", "small", NOW, NOW).await.unwrap();
    for stranger in strangers {
        assert!(newest(&tx, stranger, 10).await.unwrap().is_empty());
        assert!(
            search(&tx, stranger, "secret", 10)
                .await
                .unwrap()
                .conversations
                .is_empty()
        );
        assert_eq!(get(&tx, stranger, id).await.unwrap(), None);
        assert!(messages(&tx, stranger, id).await.unwrap().is_empty());
        assert!(!rename(&tx, stranger, id, "x").await.unwrap());
        assert!(
            !go_on(&tx, stranger, id, theirs.asked(), NOW.plus(1))
                .await
                .unwrap()
        );
        assert_eq!(append(&tx, stranger, id, "x", NOW).await.unwrap(), None);
        assert_eq!(truncate(&tx, stranger, id, first).await.unwrap(), 0);
        assert_eq!(answers::writing(&tx, stranger, id).await.unwrap(), None);
        assert!(!answers::keep(&tx, stranger, id, answer, "x", NOW).await.unwrap());
        assert!(
            !answers::finish(&tx, stranger, id, answer, ANSWER, NOW)
                .await
                .unwrap()
        );
        answers::stop(&tx, stranger, id).await.unwrap();
        assert!(!delete(&tx, stranger, id).await.unwrap());
    }
    let found = get(&tx, mine.owner, id).await.unwrap().unwrap();
    assert_eq!((found.title.as_str(), found.updated_at), ("Mine", NOW));
    assert_eq!(messages(&tx, mine.owner, id).await.unwrap().len(), 2);
    let writing = answers::writing(&tx, mine.owner, id).await.unwrap().unwrap();
    assert_eq!((writing.answer, writing.until), (answer, NOW));
}

async fn conversations_go_with_their_member_and_outlive_their_provider(store: Store) {
    let place = place(&store, "acme").await;
    let owner = place.owner;
    let id = begun(&store, &place, "Hello", "Hello", 0).await;
    let tx = store.write().await.unwrap();
    assert!(
        providers::delete(&tx, owner.organization, place.provider)
            .await
            .unwrap()
    );
    let found = get(&tx, owner, id).await.unwrap().unwrap();
    assert_eq!((found.provider, found.provider_name.as_str()), (None, "Lab"));
    assert!(
        members::delete(&tx, owner.organization, owner.member, NOW)
            .await
            .unwrap()
    );
    assert_eq!(get(&tx, owner, id).await.unwrap(), None);
    assert!(messages(&tx, owner, id).await.unwrap().is_empty());
}
