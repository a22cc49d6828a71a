use super::*;
use domain::{MemberId, OrganizationId};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

const HOUR: Duration = Duration::from_secs(3_600);
const TALK: ConversationId = ConversationId(7);

fn owner(member: i64) -> Owner {
    Owner {
        organization: OrganizationId(1),
        member: MemberId(member),
    }
}

fn begin(answers: &Answers) -> (AnswerWriter, AnswerReader) {
    answers.begin(owner(1), TALK, MessageId(10), MessageId(11))
}

fn done(state: MessageState) -> ChatEvent {
    ChatEvent::Done {
        message: Some(MessageId(11)),
        state,
        problem: None,
    }
}

/// More of the one paragraph, of which so much stays.
fn html(anew: bool, kept: u32, open: &str) -> Option<ChatEvent> {
    Some(ChatEvent::Html {
        anew,
        closed: String::new(),
        kept,
        open: open.into(),
    })
}

/// Whether something has not happened yet.
fn waits(future: impl Future) -> bool {
    matches!(
        pin!(future).poll(&mut Context::from_waker(Waker::noop())),
        Poll::Pending
    )
}

#[tokio::test]
async fn an_answer_is_followed_by_whoever_comes_from_wherever_it_is() {
    let answers = Answers::new(HOUR);
    let (writer, mut first) = begin(&answers);
    writer.push("one ");
    let started = ChatEvent::Started {
        conversation: TALK,
        user_message: MessageId(10),
    };
    assert_eq!(first.next().await, Some(started));
    assert_eq!(first.next().await, html(false, 0, "<p>one</p>"));
    assert!(waits(first.next()));
    // The first goes, as a page that is loaded again does.
    drop(first);
    writer.push("naïve ");
    let mut second = answers.follow(owner(1), TALK).unwrap();
    assert_eq!(second.next().await, html(true, 0, "<p>one naïve</p>"));
    writer.push("three ");
    writer.push("four");
    assert_eq!(second.next().await, html(false, 13, " three four</p>"));
    assert_eq!(writer.octets(), writer.text().len());
    writer.done(done(MessageState::Complete));
    assert_eq!(second.next().await, Some(done(MessageState::Complete)));
    assert_eq!(second.next().await, None);
    // Nothing is left of it.
    assert!(answers.follow(owner(1), TALK).is_none());
    assert!(!answers.has(MessageId(11)) && answers.lock().is_empty());
}

#[tokio::test]
async fn nobody_elses_answer_is_followed_or_stopped() {
    let answers = Answers::new(HOUR);
    let (writer, _reader) = begin(&answers);
    for (owner, conversation) in [(owner(2), TALK), (owner(1), ConversationId(8))] {
        assert!(answers.follow(owner, conversation).is_none());
        assert!(!answers.stop(owner, conversation));
    }
    assert!(waits(writer.ended()));
    assert!(answers.stop(owner(1), TALK));
    assert_eq!(writer.ended().await, EndedBy::Person);
}

#[tokio::test]
async fn an_answer_ends_when_nobody_has_read_it_for_a_while_and_not_before() {
    let answers = Answers::new(HOUR);
    let (writer, reader) = begin(&answers);
    drop(reader);
    assert!(waits(writer.ended()), "a page may be loaded again");

    let answers = Answers::new(Duration::ZERO);
    let (writer, reader) = begin(&answers);
    assert!(waits(writer.ended()), "it is read");
    let again = answers.follow(owner(1), TALK).unwrap();
    drop(reader);
    assert!(waits(writer.ended()), "it is still read");
    drop(again);
    assert_eq!(writer.ended().await, EndedBy::Person);

    // A page that was asked for reads on in a moment.
    let answers = Answers::new(HOUR);
    let (_writer, reader) = begin(&answers);
    drop(reader);
    let asked = Instant::now();
    assert_eq!(answers.look_at(MessageId(11)).as_deref(), Some(""));
    assert!(*answers.lock()[&MessageId(11)].kept_until.borrow() >= asked + HOUR);
}

#[tokio::test]
async fn a_server_that_stops_ends_its_answers() {
    let answers = Answers::new(HOUR);
    let (writer, _reader) = begin(&answers);
    answers.cut();
    assert_eq!(writer.ended().await, EndedBy::Server);
    let (late, _reader) = answers.begin(owner(1), TALK, MessageId(12), MessageId(13));
    assert_eq!(late.ended().await, EndedBy::Server);
    assert_eq!(
        EndedBy::Server.state(),
        (MessageState::Failed, Some(CUT_OFF.to_owned()))
    );
}

#[tokio::test]
async fn a_reader_hears_of_a_writer_that_failed() {
    let answers = Answers::new(HOUR);
    let (writer, mut reader) = begin(&answers);
    writer.push("half");
    drop(writer);
    reader.next().await;
    assert_eq!(reader.next().await, html(false, 0, "<p>half</p>"));
    assert_eq!(reader.next().await, None);
}
