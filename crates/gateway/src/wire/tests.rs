use super::{Answer, given_bytes, read};
use domain::usage::{Bucket, Dialect};

/// Input and output by a usage object of chat completions.
fn tokens(usage: &str) -> (Option<u128>, Option<u128>) {
    let answer: Answer = read(format!("{{\"usage\":{usage}}}").as_bytes()).unwrap();
    let usage = answer.usage.unwrap_or_default();
    let report = usage.totals(Dialect::Chat).report(Dialect::Chat);
    let input = report.input.map(|input| input.sum(&Bucket::INPUT));
    (input, report.output.map(|output| output.sum(&Bucket::OUTPUT)))
}

#[test]
fn what_is_no_count_is_not_said() {
    for (usage, input, output) in [
        (r#"{"prompt_tokens":3,"completion_tokens":4}"#, Some(3), Some(4)),
        (r#"{"prompt_tokens":3,"prompt_tokens":5}"#, Some(5), None),
        (
            r#"{"prompt_tokens":12.0,"completion_tokens":"7"}"#,
            Some(12),
            None,
        ),
        (
            r#"{"prompt_tokens":1e3,"completion_tokens":-0.0}"#,
            Some(1_000),
            Some(0),
        ),
        (r#"{"prompt_tokens":-1,"completion_tokens":true}"#, None, None),
        (r#"{"prompt_tokens":12.5,"completion_tokens":[1]}"#, None, None),
        (
            r#"{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775808}"#,
            Some(9_223_372_036_854_775_807),
            None,
        ),
        (r#"{"prompt_tokens":1e400,"completion_tokens":2}"#, None, Some(2)),
        (
            r#"{"prompt_tokens":-1e400,"completion_tokens":{"n":1}}"#,
            None,
            None,
        ),
        ("null", None, None),
        ("[]", None, None),
        ("\"none\"", None, None),
    ] {
        assert_eq!(tokens(usage), (input, output), "{usage}");
    }
}

#[test]
fn a_number_beyond_all_numbers_beside_the_input_leaves_it_unknown() {
    for (read_from_cache, known) in [("null", true), ("1e400", false), ("-1e400", false)] {
        let usage = format!(
            r#"{{"usage":{{"input_tokens":5,"cache_read_input_tokens":{read_from_cache},"iterations":[7,null]}}}}"#
        );
        let answer: Answer = read(usage.as_bytes()).unwrap();
        let report = answer.usage.unwrap().message().report();
        assert_eq!(report.input.is_some(), known, "{usage}");
    }
}

#[test]
fn what_serde_json_refuses_is_read_all_the_same() {
    for (text, bytes) in [
        (
            r#"{"choices":[{"delta":{"content":"a\ud800b"},"finish_reason":"stop"}]}"#,
            5,
        ),
        (
            r#"{"choices":[{"delta":{"content":"\ud83d\ude00"},"finish_reason":"stop","logprob":-1e999}]}"#,
            4,
        ),
        (
            r#"{"choices":[{"delta":{"content":"\\ud800\""},"finish_reason":"stop","x":1E+400}]}"#,
            7,
        ),
    ] {
        let answer: Answer = read(text.as_bytes()).unwrap();
        assert!(answer.names_finish(), "{text}");
        assert_eq!(answer.event_text(Dialect::Chat), bytes, "{text}");
    }
    assert!(read::<Answer>(b"<html>").is_none());
    assert!(read::<Answer>(b"{\"a\":").is_none());
}

#[test]
fn an_empty_reason_ends_nothing() {
    for (reason, named, given) in [
        ("\"\"", false, true),
        ("null", false, false),
        ("\"stop\"", true, true),
        ("0", false, true),
    ] {
        let text = format!("{{\"choices\":[{{\"finish_reason\":{reason}}}]}}");
        let answer: Answer = read(text.as_bytes()).unwrap();
        assert_eq!(
            (answer.names_finish(), answer.is_final(Dialect::Chat)),
            (named, given),
            "{reason}"
        );
    }
}

#[test]
fn pictures_are_no_text() {
    let body = format!(
        r#"{{"messages":[{{"role":"user","content":[{{"type":"text","text":"What is it?"}},{{"type":"image_url","image_url":{{"url":"data:image/png;base64,{}"}}}}]}}]}}"#,
        "A".repeat(100_000)
    );
    assert_eq!(given_bytes(body.as_bytes()), 11);
}
