use super::*;
use crate::cases::addresses::Pasted;
use crate::cases::each;
use proptest::prelude::*;

#[test]
fn cases_of_invite_parse() {
    for (id, Pasted { input, expect }) in each::<Pasted>() {
        let got = serde_json::to_value(parse(&input)).expect("JSON");
        assert_eq!(got, serde_json::Value::Array(expect), "{id}");
    }
}

fn texts(input: &str) -> Vec<String> {
    let text = |entry| match entry {
        Entry::Valid { text, .. } | Entry::Invalid { text, .. } | Entry::Duplicate { text, .. } => text,
    };
    parse(input).into_iter().map(text).collect()
}

#[test]
fn an_empty_bracket_takes_no_name_away() {
    assert_eq!(texts("Alice <>, bob@example.org"), ["Alice", "bob@example.org"]);
    assert_eq!(texts("<>"), [""; 0]);
}

#[test]
fn an_open_bracket_ends_before_the_next_entry() {
    assert_eq!(
        texts("A <a@x.example\nB <b@x.example>"),
        ["a@x.example", "b@x.example"]
    );
    assert_eq!(
        texts("<a@x.example, b@x.example>"),
        ["a@x.example", "b@x.example"]
    );
    assert_eq!(texts("<<a@x.example>>"), ["a@x.example"]);
}

#[test]
fn a_name_that_is_another_address_is_kept_unless_quoted() {
    assert_eq!(texts("b@x.example <a@x.example>"), ["b@x.example", "a@x.example"]);
    assert_eq!(texts("A@X.example <a@x.example>"), ["a@x.example"]);
    assert_eq!(texts("\"b@x.example\" <a@x.example>"), ["a@x.example"]);
    assert_eq!(
        texts("\"b c\"@x.example <a@x.example>"),
        ["\"b c\"@x.example", "a@x.example"]
    );
    assert_eq!(texts("a@dotless <a@dotless>"), ["a@dotless"]);
}

#[test]
fn a_quote_counts_only_when_closed_on_its_line() {
    assert_eq!(texts("\"A\nB\" <a@x.example>"), ["A", "a@x.example"]);
    assert_eq!(
        texts("\"A \\\" B, C <a@x.example>"),
        ["A", "\\", "B", "a@x.example"]
    );
    assert_eq!(texts("\"a\n\"c, d\" <e@x.example>"), ["a", "e@x.example"]);
}

#[test]
fn wrappers_come_off_in_any_order() {
    assert_eq!(texts("\u{ab} mailto:'<a@x.example>' \u{bb}"), ["a@x.example"]);
    assert_eq!(
        texts("\u{201c}MailTo:\u{2018}a@x.example\u{2019}\u{201d}"),
        ["a@x.example"]
    );
    assert_eq!(texts("\u{201c}a@x.example"), ["a@x.example"]);
    assert_eq!(texts("mailto:"), [""; 0]);
}

/// The longest text the field takes, in the shapes that would be slow to read if any step looked back or ahead
/// over all of it.
#[test]
fn reading_takes_linear_time() {
    let most = crate::limits::INVITE_TEXT_BYTES;
    for unit in [
        "\"",
        "\"\\",
        "\\\"",
        "<",
        "<\"",
        "a@ ",
        "mailto:",
        "\"mailto:",
        "'<",
        "\u{201c}",
        "\"\" ",
    ] {
        let text = unit.repeat(most / unit.len());
        let begun = std::time::Instant::now();
        parse(&text);
        parse(&format!("{text}<{text}>"));
        assert!(
            begun.elapsed().as_secs() < 5,
            "{unit:?} took {:?}",
            begun.elapsed()
        );
    }
}

/// Letters stand for all that is neither separator nor wrapper.
fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_lowercase).collect()
}

proptest! {
    /// Without brackets there are no display names, and nothing may go.
    #[test]
    fn loses_nothing_outside_brackets(text in "[a-d@.,; \"'\\\\>\n\u{a0}\u{200b}]{0,40}") {
        prop_assert_eq!(letters(&texts(&text).concat()), letters(&text));
    }

    /// With brackets, only words without an @ may go, and only those before one.
    #[test]
    fn loses_only_display_names(text in "([a-d]{1,2}|[a-d]@[a-d]\\.ex|[<>,;\" \n]){0,30}") {
        let entries = texts(&text);
        for address in text.split(|c: char| c.is_whitespace() || "<>,;\"".contains(c)).filter(|w| w.contains('@')) {
            let quoted = text.contains('"');
            prop_assert!(quoted || entries.iter().any(|e| e.contains(address)), "{} in {:?}", address, entries);
        }
        let after = text.rsplit('<').next().unwrap_or_default();
        prop_assert!(letters(&entries.concat()).ends_with(&letters(after)));
    }

    #[test]
    fn entries_refer_to_the_first_of_their_kind(text in "([ab]@x\\.ex|A@X\\.ex|c|,|\n| ){0,30}") {
        let entries = parse(&text);
        for entry in &entries {
            if let Entry::Duplicate { identity, first, .. } = entry {
                let is_first = matches!(&entries[*first], Entry::Valid { identity: other, .. } if other == identity);
                prop_assert!(is_first);
            }
        }
    }

    #[test]
    fn reading_an_entry_again_changes_nothing(text in "\\PC{0,40}") {
        for entry in parse(&text) {
            if let Entry::Valid { text, identity } = entry {
                let again = parse(&text);
                prop_assert_eq!(again, vec![Entry::Valid { text, identity }]);
            }
        }
    }
}
