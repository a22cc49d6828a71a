use super::{
    Case, Instant, access, addresses, bulk, concurrency, cost, export, import, parse, periods, scim, search,
    sse,
};
use crate::Timestamp;
use serde_json::{Value, json};

/// Why a file with this one case is not understood.
fn refused<C: Case + std::fmt::Debug>(case: Value) -> String {
    let whole = json!({ "about": "", "cases": [case] });
    match parse::<C>(&whole.to_string()) {
        Ok((_, cases)) => panic!("{cases:?}"),
        Err(why) => why,
    }
}

fn race(state: Value, script: Value, allowed: Value) -> Value {
    let mut whole = json!({
        "now": "2026-03-01T12:00:00Z", "set_up": true,
        "members": {}, "providers": {}, "invitations": {}, "keys": {},
    });
    for (part, value) in state.as_object().expect("parts") {
        whole[part] = value.clone();
    }
    json!({ "id": "made-up", "state": whole, "script": script, "allowed": allowed })
}

/// Why a change of many rows with this one step is not understood.
fn refused_bulk(step: Value) -> String {
    let whole = json!({ "about": "", "rules": [], "starts": {},
        "cases": [{ "id": "made-up", "start": "", "steps": [step] }] });
    match parse::<bulk::Case>(&whole.to_string()) {
        Ok((_, cases)) => panic!("{cases:?}"),
        Err(why) => why,
    }
}

/// Why a request with this in place of what is usual is not understood.
fn refused_cost(other: Value) -> String {
    let usual = json!({ "id": "made-up", "dialect": "openai_chat", "provider_type": "openai", "model": "m",
        "at": "2026-03-01T12:00:00Z", "answer": {}, "prices": [],
        "expect": { "usage_source": "none", "buckets": {}, "cost_nano": 0, "price": null } });
    refused_changed::<cost::Case>(usual, other)
}

/// Why an instant with this in place of what is usual is not understood.
fn refused_period(other: Value) -> String {
    let usual = json!({ "id": "made-up", "kind": "day", "zone": "UTC", "at": "2026-03-01T12:00:00Z",
        "expect": { "start": null, "end": null } });
    refused_changed::<periods::Case>(usual, other)
}

fn refused_changed<C: Case + std::fmt::Debug>(mut case: Value, other: Value) -> String {
    for (part, value) in other.as_object().expect("parts") {
        case[part] = value.clone();
    }
    let whole = json!({ "about": "", "rules": [], "cases": [case] });
    match parse::<C>(&whole.to_string()) {
        Ok((_, cases)) => panic!("{cases:?}"),
        Err(why) => why,
    }
}

/// Why requests of a directory with this one step are not understood.
fn refused_scim(step: Value) -> String {
    let whole = json!({ "about": "", "rules": [], "starts": {},
        "cases": [{ "id": "made-up", "start": "", "steps": [step] }] });
    match parse::<scim::Case>(&whole.to_string()) {
        Ok((_, cases)) => panic!("{cases:?}"),
        Err(why) => why,
    }
}

#[test]
fn an_instant_keeps_its_milliseconds_and_its_offset() {
    let at = |text: &str| Instant::try_from(text.to_owned());
    let noon = 1_772_366_400_000;
    assert_eq!(at("2026-03-01T12:00:00Z"), Ok(Instant(Timestamp(noon))));
    assert_eq!(
        at("2026-03-01T14:00:00.007+02:00"),
        Ok(Instant(Timestamp(noon + 7)))
    );
    assert_eq!(at("1969-12-31T23:59:59.250Z"), Ok(Instant(Timestamp(-750))));
    assert!(at("2026-03-01T12:00:00.0001Z").is_err(), "nothing is rounded");
    assert!(at("2026-03-01 noon").is_err_and(|why| why.contains("2026-03-01 noon")));
}

#[test]
fn an_unknown_word_is_named_with_its_case() {
    let told = [
        refused::<access::Case>(json!({ "id": "made-up", "world": { "now": "2026-03-01T12:00:00Z",
            "providers": [], "members": [], "grants": [], "keys": [] }, "steps": [{ "do": "frobnicate" }] })),
        refused::<access::Case>(json!({ "id": "made-up", "world": { "now": "2026-03-01T12:00:00Z",
            "providers": [], "members": [{ "id": "m1", "email": "m1@example.com", "status": "frobnicate" }],
            "grants": [], "keys": [] }, "steps": [] })),
        refused::<access::Case>(json!({ "id": "made-up", "world": { "now": "2026-03-01T12:00:00Z",
            "providers": [], "members": [], "grants": [], "keys": [] },
            "steps": [{ "do": "revoke_key", "key": "k1", "frobnicate": 1 }] })),
        refused::<concurrency::Case>(race(json!({ "frobnicate": {} }), json!([]), json!([]))),
        refused::<concurrency::Case>(race(
            json!({}),
            json!([{ "label": "A", "by": "o1", "op": "frobnicate" }]),
            json!([]),
        )),
        refused::<concurrency::Case>(race(
            json!({}),
            json!([{ "parallel": [
            { "label": "A", "by": "o1", "op": "suspend", "member": "m1", "frobnicate": 4 }] }]),
            json!([]),
        )),
        refused::<concurrency::Case>(race(
            json!({}),
            json!([]),
            json!([{ "outcomes": {}, "final": { "frobnicate": 1 } }]),
        )),
        refused_scim(
            json!({ "send": { "method": "GET", "path": "/Users", "token": "frobnicate" },
            "expect": { "status": 200 } }),
        ),
        refused_scim(
            json!({ "send": { "method": "GET", "path": "/Users", "frobnicate": 1 },
            "expect": { "status": 200 } }),
        ),
        refused_scim(json!({ "send": { "method": "GET", "path": "/Users" },
            "expect": { "status": 200, "list": { "total": 1, "ids": [], "each": { "frobnicate": 1 } } } })),
        refused_bulk(json!({ "do": "frobnicate" })),
        refused_bulk(json!({ "do": "wait", "seconds": 1, "frobnicate": 1 })),
        refused_bulk(
            json!({ "do": "preview", "by": "a1", "select": { "frobnicate": [] }, "change": {},
            "expect": { "refused": "invalid" } }),
        ),
        refused_bulk(
            json!({ "do": "preview", "by": "a1", "select": { "ids": [] }, "change": { "frobnicate": [] },
            "expect": { "refused": "invalid" } }),
        ),
        refused_bulk(
            json!({ "do": "preview", "by": "a1", "select": { "ids": [] }, "change": {},
            "expect": { "refused": "frobnicate" } }),
        ),
        refused_bulk(json!({ "do": "apply", "expect": { "outcome": "frobnicate" } })),
        refused_bulk(
            json!({ "do": "apply", "expect": { "outcome": "applied", "changed": 1, "frobnicate": 1 } }),
        ),
        refused_bulk(json!({ "do": "apply", "expect": { "outcome": "preview_changed",
            "rows": { "m1": { "will": ["frobnicate"] } }, "counts": { "rows": 1, "change": 1, "nothing": 0, "cannot": 0 } } })),
        refused_bulk(
            json!({ "do": "undo", "by": "a1", "expect": { "outcome": "undone", "restored": {},
            "kept": { "m1": { "role": "frobnicate" } } } }),
        ),
        refused::<sse::Case>(json!({ "id": "made-up", "chunks": [], "end": "frobnicate", "frames": [] })),
        refused::<sse::Case>(
            json!({ "id": "made-up", "chunks": [], "end": "eof", "frames": [{ "data": "", "frobnicate": "" }] }),
        ),
        refused::<addresses::Address>(
            json!({ "id": "made-up", "address": "", "expect": { "outcome": "frobnicate" } }),
        ),
        refused::<addresses::Address>(json!({ "id": "made-up", "address": "",
            "expect": { "outcome": "reject", "frobnicate": "" } })),
        refused::<export::Case>(
            json!({ "id": "made-up", "value": "", "expect": { "xlsx": "", "json": "", "frobnicate": "" } }),
        ),
        refused_cost(json!({ "dialect": "frobnicate" })),
        refused_cost(json!({ "frobnicate": 1 })),
        refused_cost(
            json!({ "prices": [{ "id": "p", "provider_type": "openai", "match": "m", "valid_from": null,
            "valid_to": null, "service_tier": null, "tiers": [{ "from_input_tokens": 0, "rates": { "frobnicate": 1 } }] }] }),
        ),
        refused_cost(
            json!({ "expect": { "usage_source": "none", "buckets": {}, "cost_nano": 0, "price": null, "frobnicate": 1 } }),
        ),
        refused_period(json!({ "kind": "frobnicate" })),
        refused_period(json!({ "frobnicate": 1 })),
        refused_period(json!({ "zone": null, "zones": [{ "zone": "UTC", "from": null, "frobnicate": 1 }] })),
    ];
    for why in told {
        assert!(why.contains("frobnicate"), "{why}");
    }
    let pasted = json!({ "reasons": {}, "cases": [{ "id": "made-up", "input": "", "expect": [], "frobnicate": true }] });
    assert!(parse::<addresses::Pasted>(&pasted.to_string()).is_err_and(|why| why.contains("frobnicate")));
    let search = json!({ "members": [], "cases": [{ "id": "made-up", "query": "", "expect": [], "frobnicate": true }] });
    assert!(parse::<search::Case>(&search.to_string()).is_err_and(|why| why.contains("frobnicate")));
    let why = refused::<access::Case>(json!({ "id": "made-up", "world": {}, "steps": [], "more": 1 }));
    assert!(why.starts_with("made-up: "), "{why}");
}

/// A file with one import case, of which some parts are others.
fn brought_back(parts: &Value) -> String {
    let mut case = json!({ "id": "made-up", "start": "office", "by": "a1", "format": "xlsx", "header": ["Email"],
        "rows": [[null, { "formula": "A1", "value": 1 }, { "absent": true }]], "expect": { "plan": {} } });
    for (part, value) in parts.as_object().expect("parts") {
        case[part] = value.clone();
    }
    json!({ "rules": [], "starts": {}, "cases": [case] }).to_string()
}

#[test]
fn an_import_of_unknown_words_is_refused() {
    for known in [
        json!({}),
        json!({ "expect": { "refused": "too_many_rows", "rows": 1, "limit": 1 } }),
        json!({ "expect": { "plan_counts": { "no_email": 2 } } }),
        json!({ "since": [{ "do": "sign_in", "member": "m1" }] }),
        json!({ "apply": { "outcome": "applied", "changed": 1 } }),
    ] {
        let parsed = parse::<import::Case>(&brought_back(&known));
        assert!(parsed.is_ok(), "{known}: {parsed:?}");
    }
    for unknown in [
        json!({ "frobnicate": 1 }),
        json!({ "format": "frobnicate" }),
        json!({ "rows": [[{ "formula": "A1", "value": 1, "frobnicate": 1 }]] }),
        json!({ "rows": [[{ "absent": false }]] }),
        json!({ "since": [{ "do": "frobnicate", "member": "m1" }] }),
        json!({ "meanwhile": [{ "do": "sign_in", "member": "m1", "frobnicate": 1 }] }),
        json!({ "expect": { "refused": "frobnicate" } }),
        json!({ "expect": { "plan": { "frobnicate": [] } } }),
        json!({ "expect": { "plan": { "problems": [{ "row": 1, "kind": "frobnicate" }] } } }),
        json!({ "expect": { "plan": { "notes": [{ "row": 1, "kind": "read_only", "column": "frobnicate" }] } } }),
        json!({ "expect": { "plan_counts": { "frobnicate": 2 } } }),
        json!({ "apply": { "outcome": "frobnicate" } }),
        json!({ "then": { "removed": ["m1"] } }),
    ] {
        let parsed = parse::<import::Case>(&brought_back(&unknown));
        assert!(parsed.is_err(), "{unknown}: {parsed:?}");
    }
}

#[test]
fn an_outcome_that_nothing_has_is_unknown() {
    let allowed = |outcome: Value| {
        race(
            json!({}),
            json!([]),
            json!([{ "outcomes": { "A": outcome }, "final": {} }]),
        )
    };
    for known in [
        json!("ok"),
        json!("rows:6"),
        json!(["last_owner", "provider_inactive"]),
        json!({ "ok": 2 }),
    ] {
        let whole = json!({ "cases": [allowed(known)] }).to_string();
        assert!(parse::<concurrency::Case>(&whole).is_ok());
    }
    for unknown in [
        json!("okay"),
        json!("rows:"),
        json!(["ok", "okay"]),
        json!({ "okay": 2 }),
    ] {
        refused::<concurrency::Case>(allowed(unknown));
    }
}

#[test]
fn an_id_is_needed_and_unique() {
    let one = json!({ "id": "a", "query": "", "expect": [] });
    let twice = json!({ "members": [], "cases": [one, one] }).to_string();
    assert!(parse::<search::Case>(&twice).is_err_and(|why| why == "there are two cases a"));
    assert!(parse::<search::Case>(r#"{"members": [], "cases": []}"#).is_err());
    assert!(parse::<search::Case>(r#"{"members": [], "cases": [{"query": "", "expect": []}]}"#).is_err());
    assert!(parse::<search::Case>(r#"{"cases": [{"id": "a", "query": "", "expect": []}]}"#).is_err());
}

#[test]
fn a_frame_is_either_data_or_an_error() {
    let frame = |frame: Value| json!({ "id": "made-up", "chunks": [], "end": "eof", "frames": [frame] });
    for neither in [
        json!({}),
        json!({ "gateway_error": false }),
        json!({ "data": "", "gateway_error": true }),
    ] {
        refused::<sse::Case>(frame(neither));
    }
}
