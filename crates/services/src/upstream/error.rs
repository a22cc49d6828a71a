//! What providers say when they refuse: one reader of every usual spelling, and nothing of our credential in it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::borrow::Cow;

/// Characters of a reason that are passed on.
const REASON_CHARS: usize = 500;
/// Octets of an error that are looked at.
const LOOKED_AT: usize = 64 * 1024;
/// Credentials shorter than this are not looked for: they would be found in every other word.
const SHORTEST: usize = 6;
/// What stands where a credential stood.
const MASK: &str = "[credential]";

/// The reason that the body of an error gives, as a sentence of the provider's own; none when it gives none.
pub fn reason(body: &[u8]) -> Option<String> {
    let body = &body[..body.len().min(LOOKED_AT)];
    let text = String::from_utf8_lossy(body);
    let said = match serde_json::from_slice::<Value>(body) {
        Ok(json) => in_json(&json)?,
        Err(_) => in_text(&text)?,
    };
    let words: Vec<&str> = said.split_whitespace().collect();
    let said: String = words
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .take(REASON_CHARS)
        .collect();
    (!said.is_empty()).then_some(said)
}

/// OpenAI's `error.message`, and what others make of it: `error` as a text, `message`, `msg`, `detail` (FastAPI: a text, or a
/// list of objects with `msg`), `errors`, and Google's list of one error.
fn in_json(json: &Value) -> Option<String> {
    match json {
        Value::String(text) => Some(text.clone()),
        Value::Array(all) => {
            let said: Vec<String> = all.iter().take(3).filter_map(in_json).collect();
            (!said.is_empty()).then(|| said.join("; "))
        }
        Value::Object(fields) => [
            "error",
            "message",
            "msg",
            "detail",
            "errors",
            "error_description",
            "title",
            "reason",
        ]
        .iter()
        .find_map(|name| fields.get(*name).and_then(in_json)),
        _ => None,
    }
}

/// Plain text as it is; of a page its title.
fn in_text(text: &str) -> Option<String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if !text.starts_with('<') {
        return (!is_broken_json(text)).then(|| text.to_owned());
    }
    let lower = text.to_ascii_lowercase();
    for (open, close) in [("<title", "</title"), ("<h1", "</h1")] {
        let Some(start) = lower.find(open) else { continue };
        let start = start + lower[start..].find('>')? + 1;
        let end = start + lower[start..].find(close)?;
        // What is left of it is text for people, never markup again.
        let title: String = text[start..end]
            .chars()
            .filter(|c| !matches!(c, '<' | '>'))
            .collect();
        if !title.trim().is_empty() {
            return Some(title);
        }
    }
    None
}

/// Whether a text was to be JSON: nobody wants to read the half of it. `[ERROR] no such model` was not.
fn is_broken_json(text: &str) -> bool {
    text.strip_prefix(['{', '['])
        .is_some_and(|rest| rest.is_empty() || rest.trim_start().starts_with(['"', '{', '[', '}', ']']))
}

/// Whether a reason is about who asks and not about what was asked for: providers answer 403 to both. A model that the
/// account lacks is told with words like "not authorized" too.
pub fn is_about_credential(reason: &str) -> bool {
    const WHAT: [&str; 11] = [
        "model",
        "deployment",
        "content",
        "policy",
        "policies",
        "safety",
        "moderat",
        "flagged",
        "region",
        "country",
        "quota",
    ];
    const WHO: [&str; 14] = [
        "api key",
        "apikey",
        "api-key",
        "api_key",
        "credential",
        "access token",
        "auth token",
        "bearer",
        "invalid token",
        "token expired",
        "token is ",
        "unauthenticated",
        "unauthorized",
        "authenticat",
    ];
    let reason = reason.to_lowercase();
    let tells = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    tells(&WHO) && !tells(&WHAT)
}

/// Whether a reason says that the key is wrong, which Google tells with 400.
pub fn is_bad_key(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    [
        "api key not valid",
        "invalid api key",
        "incorrect api key",
        "api key expired",
    ]
    .iter()
    .any(|words| reason.contains(words))
}

/// The same without the credential, in whatever form a provider repeats it: as it is, escaped for JSON, percent-encoded, or
/// in base64.
pub fn masked<'a>(body: &'a [u8], credential: Option<&SecretString>) -> Cow<'a, [u8]> {
    let Some(secret) = credential
        .map(ExposeSecret::expose_secret)
        .filter(|secret| secret.len() >= SHORTEST)
    else {
        return Cow::Borrowed(body);
    };
    let json = Value::from(secret).to_string();
    let percent: String = secret
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect();
    let forms = [
        secret.to_owned(),
        json[1..json.len() - 1].to_owned(),
        json[1..json.len() - 1].replace('/', "\\/"),
        percent.to_lowercase(),
        percent,
        STANDARD.encode(secret),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
    ];
    forms
        .iter()
        .fold(Cow::Borrowed(body), |body, form| without(body, form.as_bytes()))
}

fn without<'a>(body: Cow<'a, [u8]>, form: &[u8]) -> Cow<'a, [u8]> {
    let find = |from: usize| {
        body[from..]
            .windows(form.len())
            .position(|part| part == form)
            .map(|at| from + at)
    };
    let Some(mut at) = find(0) else { return body };
    let (mut out, mut done) = (Vec::with_capacity(body.len()), 0);
    loop {
        out.extend_from_slice(&body[done..at]);
        out.extend_from_slice(MASK.as_bytes());
        done = at + form.len();
        match find(done) {
            Some(next) => at = next,
            None => break,
        }
    }
    out.extend_from_slice(&body[done..]);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_found_in_every_usual_spelling() {
        for (body, said) in [
            (
                r#"{"error":{"message":"no such model","code":"x"}}"#,
                Some("no such model"),
            ),
            (r#"{"error":"no such model"}"#, Some("no such model")),
            (
                r#"{"object":"error","message":"no such model","code":404}"#,
                Some("no such model"),
            ),
            (r#"{"message":"no such model"}"#, Some("no such model")),
            (r#"{"detail":"no such model"}"#, Some("no such model")),
            (
                r#"{"detail":[{"loc":["body"],"msg":"field required"}]}"#,
                Some("field required"),
            ),
            (r#"{"errors":[{"message":"a"},{"message":"b"}]}"#, Some("a; b")),
            (r#"{"errors":["a"]}"#, Some("a")),
            (
                r#"[{"error":{"code":400,"message":"no such model"}}]"#,
                Some("no such model"),
            ),
            (
                r#"{"type":"error","error":{"type":"x","message":"overloaded"}}"#,
                Some("overloaded"),
            ),
            (
                "upstream connect error\n\nreset",
                Some("upstream connect error reset"),
            ),
            (
                "<html><head><title>502 Bad\n Gateway</title></head></html>",
                Some("502 Bad Gateway"),
            ),
            ("<!doctype html><TITLE lang=en>No</TITLE>", Some("No")),
            ("<html><body>?</body></html>", None),
            ("{\"error\":", None),
            ("{}", None),
            ("", None),
            ("null", None),
            (r#"{"error":{"message":null},"message":"b"}"#, Some("b")),
        ] {
            assert_eq!(reason(body.as_bytes()).as_deref(), said, "{body}");
        }
        let long = format!("{{\"error\":\"{}\"}}", "x".repeat(2_000));
        assert_eq!(reason(long.as_bytes()).unwrap().len(), REASON_CHARS);
    }

    #[test]
    fn a_refused_model_is_no_refused_credential() {
        assert!(is_about_credential("Incorrect API key provided"));
        assert!(is_about_credential("Unauthorized"));
        assert!(!is_about_credential("Your organization has no access to gpt-9"));
        assert!(!is_about_credential(
            "Your request was flagged by the content filter"
        ));
    }

    #[test]
    fn a_repeated_credential_is_masked_in_every_form() {
        let secret = SecretString::from("sk-a/b\"c+d==".to_owned());
        let plain = secret.expose_secret();
        let json = Value::from(plain).to_string();
        for form in [
            plain.to_owned(),
            json[1..json.len() - 1].to_owned(),
            "sk-a\\/b\\\"c+d==".to_owned(),
            "sk-a%2Fb%22c%2Bd%3D%3D".to_owned(),
            "sk-a%2fb%22c%2bd%3d%3d".to_owned(),
            STANDARD.encode(plain),
            URL_SAFE_NO_PAD.encode(plain),
        ] {
            let body = format!("key {form} and {form} are wrong");
            let shown = masked(body.as_bytes(), Some(&secret));
            assert_eq!(
                shown.as_ref(),
                b"key [credential] and [credential] are wrong",
                "{form}"
            );
        }
        assert_eq!(masked(b"abc", None).as_ref(), b"abc");
        assert_eq!(
            masked(b"abc", Some(&SecretString::from("a".to_owned()))).as_ref(),
            b"abc"
        );
    }
}
