use super::*;

fn send(content: &str) -> Send {
    Send {
        conversation: None,
        provider: ProviderId(1),
        model: "small".into(),
        content: content.into(),
        replace_from: None,
        seen: None,
    }
}

fn message(author: Author, content: &str, state: MessageState) -> Message {
    Message {
        id: MessageId(1),
        author,
        content: content.into(),
        html: String::new(),
        state,
        problem: None,
        provider_name: String::new(),
        model: String::new(),
        created_at: Timestamp(0),
    }
}

#[test]
fn a_title_is_the_first_line_that_says_something() {
    for (content, title) in [
        ("Hello", "Hello"),
        ("\n\n  ## Plan for *May*\nmore", "Plan for *May*"),
        ("```\nlet x = 1;\n```", "let x = 1;"),
        ("\u{202e}abc", "abc"),
        ("---\n", "New conversation"),
        ("\u{200b}", "New conversation"),
        ("   ", "New conversation"),
    ] {
        assert_eq!(title_of(content), title, "{content:?}");
    }
}

#[test]
fn a_long_title_is_cut_after_a_word() {
    let title = title_of(&"wörter ".repeat(40));
    assert!(title.chars().count() <= CONVERSATION_TITLE_CHARS);
    assert!(title.ends_with("wörter…"), "{title}");
    let one_word = title_of(&"é".repeat(400));
    assert_eq!(one_word.chars().count(), CONVERSATION_TITLE_CHARS);
}

#[test]
fn what_is_sent_is_checked() {
    let checked = send("a\r\nb\0 ").check().expect("good input");
    assert_eq!(checked.content, "a\nb ");
    assert!(send(" \n ").check().is_err());
    assert!(send(&"é".repeat(MESSAGE_CHARS)).check().is_ok());
    assert!(send(&"é".repeat(MESSAGE_CHARS + 1)).check().is_err());
    let again = Send {
        conversation: Some(ConversationId(1)),
        replace_from: Some(MessageId(1)),
        ..send(" ")
    };
    assert_eq!(again.check().expect("good input").content, "");
    let nothing_to_replace = Send {
        replace_from: Some(MessageId(1)),
        ..send("x")
    };
    assert!(nothing_to_replace.check().is_err());
    let no_model = Send {
        model: String::new(),
        ..send("x")
    };
    assert!(no_model.check().is_err());
}

#[test]
fn an_input_with_an_unknown_field_is_refused() {
    let good = r#"{"conversation":null,"provider":1,"model":"m","content":"c","replace_from":null}"#;
    assert!(serde_json::from_str::<Send>(good).is_ok());
    let bad = good.replace("\"model\"", "\"system\":\"x\",\"model\"");
    assert!(serde_json::from_str::<Send>(&bad).is_err());
}

#[test]
fn a_conversation_is_full_one_day() {
    assert!(check_room(CONVERSATION_MESSAGES - 2).is_ok());
    assert!(check_room(CONVERSATION_MESSAGES - 1).is_err());
}

#[test]
fn models_are_told_what_was_said() {
    let said = [
        message(Author::User, "One", MessageState::Complete),
        message(Author::Assistant, "", MessageState::Failed),
        message(Author::User, "Two", MessageState::Complete),
        message(Author::Assistant, "half", MessageState::Stopped),
    ];
    let told: Vec<_> = turns(&said).into_iter().map(|turn| turn.content).collect();
    assert_eq!(told, ["One", "Two", "half"]);
    let json = serde_json::to_value(turns(&said[..1])).expect("JSON");
    assert_eq!(json, serde_json::json!([{ "role": "user", "content": "One" }]));
}

#[test]
fn every_reason_has_a_sentence_that_says_what_to_do() {
    for denial in Denial::ALL {
        let sentence = sentence(*denial, "Lab");
        assert!(
            sentence.matches(". ").count() >= 1 && sentence.ends_with('.'),
            "{sentence}"
        );
    }
}

#[test]
fn events_are_spelled_as_documented() {
    let spelled = |event: &ChatEvent| serde_json::to_string(event).expect("JSON");
    let started = ChatEvent::Started {
        conversation: ConversationId(7),
        user_message: MessageId(9),
    };
    assert_eq!(
        spelled(&started),
        r#"{"type":"started","conversation":7,"user_message":9}"#
    );
    let html = ChatEvent::Html {
        anew: true,
        closed: "<p>a</p>".into(),
        kept: 3,
        open: "b\nc".into(),
    };
    assert_eq!(
        spelled(&html),
        r#"{"type":"html","anew":true,"closed":"<p>a</p>","kept":3,"open":"b\nc"}"#
    );
    let done = ChatEvent::Done {
        message: Some(MessageId(3)),
        state: MessageState::Failed,
        problem: Some("It broke. Try again.".into()),
    };
    assert_eq!(
        spelled(&done),
        r#"{"type":"done","message":3,"state":"failed","problem":"It broke. Try again."}"#
    );
}

#[test]
fn a_conversation_is_exported_as_it_was_written() {
    let mut answer = message(Author::Assistant, "| a |\n|---|\n", MessageState::Failed);
    answer.problem = Some("It broke.".into());
    answer.model = "m".into();
    answer.provider_name = "Lab".into();
    let said = [message(Author::User, "\\(a^2\\)", MessageState::Complete), answer];
    let at = said[0].created_at.exact();
    assert_eq!(
        as_markdown("Title", said.iter()),
        format!("# Title\n\n## You, {at}\n\n\\(a^2\\)\n\n## m · Lab, {at}\n\n| a |\n|---|\n\n*It broke.*\n")
    );
}
