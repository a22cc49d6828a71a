//! The routes beside pages and server functions, and what each person gets there.

use crate::tables::{EVERYBODY, Statuses};

/// Plain routes: method, path, form, who may.
pub const ROUTES: &[(&str, &str, &str, Statuses)] = &[
    ("GET", "/healthz", "", EVERYBODY),
    ("GET", "/readyz", "", EVERYBODY),
    ("GET", "/health", "", EVERYBODY),
    (
        "GET",
        "/o/{org}/access/export.xlsx",
        "",
        [303, 403, 200, 200, 200, 404],
    ),
    (
        "GET",
        "/o/{org}/access/export.json",
        "",
        [303, 403, 200, 200, 200, 404],
    ),
    (
        "GET",
        "/o/{org}/audit/export.json",
        "",
        [303, 403, 200, 200, 200, 404],
    ),
    (
        "GET",
        "/o/{org}/as-of/export.xlsx",
        "",
        [303, 403, 200, 200, 200, 404],
    ),
    (
        "GET",
        "/o/{org}/as-of/export.json",
        "",
        [303, 403, 200, 200, 200, 404],
    ),
    (
        "GET",
        "/o/{org}/spend/export.csv",
        "",
        [303, 200, 200, 200, 200, 404],
    ),
    (
        "GET",
        "/o/{org}/spend/export.json",
        "",
        [303, 200, 200, 200, 200, 404],
    ),
    (
        "GET",
        "/o/{org}/spend/export.xlsx",
        "",
        [303, 200, 200, 200, 200, 404],
    ),
    (
        "GET",
        "/o/{org}/requests/export.xlsx",
        "",
        [303, 200, 200, 200, 200, 404],
    ),
    (
        "GET",
        "/o/{org}/requests/export.json",
        "",
        [303, 200, 200, 200, 200, 404],
    ),
    (
        "POST",
        "/login",
        "email=owner%40example.com&password=correct+horse+battery",
        [303; 6],
    ),
    ("POST", "/logout", "", [303; 6]),
    // This server sends no mail.
    ("POST", "/forgot-password", "email=owner%40example.com", [422; 6]),
    (
        "POST",
        "/reset-password/{token}",
        "password=another+horse+battery",
        [410; 6],
    ),
    (
        "POST",
        "/setup",
        "code=x&organization=Two&name=N&email=n%40example.com&password=correct+horse+battery",
        [409; 6],
    ),
    // Only the invited address gets in, and nobody here has it: signed in as somebody else is the wrong account.
    (
        "POST",
        "/invite/{token}",
        "name=New&password=correct+horse+battery",
        [303, 403, 403, 403, 403, 403],
    ),
    // Without the name as it was, so it is another window's.
    (
        "POST",
        "/account/name",
        "was=&name=Another",
        [303, 409, 409, 409, 409, 409],
    ),
    (
        "POST",
        "/account/password",
        "current=correct+horse+battery&new=another+horse+battery",
        [303; 6],
    ),
    (
        "POST",
        "/o/{org}/access/invite",
        "emails=another%40example.com&role=member&idempotency_key=k",
        [401, 403, 403, 200, 200, 404],
    ),
    // A form without a file.
    (
        "POST",
        "/o/{org}/access/import",
        "",
        [401, 403, 403, 422, 422, 404],
    ),
    // The member has none.
    (
        "POST",
        "/o/{org}/access/{member}/second-factor",
        "",
        [401, 403, 403, 409, 409, 404],
    ),
    (
        "POST",
        "/o/{org}/access/{member}/offboarding",
        "",
        [401, 403, 403, 303, 303, 404],
    ),
    // Nobody here has changed many.
    (
        "POST",
        "/o/{org}/access/change",
        "do=undo&change=1",
        [401, 403, 403, 404, 404, 404],
    ),
    // Nothing is unused, so that the line is left.
    (
        "POST",
        "/o/{org}/access/unused",
        "line=$member.$provider&do=now",
        [401, 403, 403, 303, 303, 404],
    ),
    (
        "GET",
        "/o/{org}/reviews/{review}/result.json",
        "",
        [303, 403, 404, 404, 404, 404],
    ),
    // The day is over, which only owners are told.
    (
        "POST",
        "/o/{org}/reviews",
        "scope=everybody&due=2020-01-01",
        [401, 403, 403, 403, 422, 404],
    ),
    // There is no such review.
    (
        "POST",
        "/o/{org}/reviews/{review}",
        "do=keep&line=1",
        [401, 403, 403, 404, 404, 404],
    ),
    // Nobody here was told that something ends.
    (
        "POST",
        "/o/{org}/access/keep",
        "provider=$provider",
        [401, 404, 404, 404, 404, 404],
    ),
    // The provider is not allowed to anybody, so that everybody may ask.
    (
        "POST",
        "/o/{org}/access/requests",
        "do=ask&provider=$provider&reason=Work&until=",
        [401, 303, 303, 303, 303, 404],
    ),
    // Nobody here signs in elsewhere.
    ("POST", "/sign-on", "email=owner%40example.com", [422; 6]),
    ("GET", "/sign-on/{org}", "", [404; 6]),
    ("GET", "/sign-on/{org}/callback", "", [410; 6]),
    // Nobody here has just proven a password.
    ("POST", "/login/code", "attempt=x&code=000000", [410; 6]),
    (
        "POST",
        "/account/security",
        "do=end-others",
        [303, 303, 303, 303, 303, 303],
    ),
    (
        "POST",
        "/o/{org}/settings",
        "do=sessions&days=7",
        [401, 403, 403, 403, 303, 404],
    ),
    // There is nothing to remove, which only owners are told.
    (
        "POST",
        "/o/{org}/settings/sign-on",
        "do=remove",
        [401, 403, 403, 403, 404, 404],
    ),
    (
        "POST",
        "/o/{org}/settings/keys",
        "do=policy&days=3650",
        [401, 403, 403, 403, 303, 404],
    ),
    (
        "POST",
        "/o/{org}/settings/scim",
        "do=create&name=Directory&lifetime=90d",
        [401, 403, 403, 200, 200, 404],
    ),
    (
        "POST",
        "/o/{org}/budgets",
        "do=create&scope=organization&name=&unit=tokens&limit=1000000&period=month&mode=normal",
        [401, 403, 403, 303, 303, 404],
    ),
    // There is no such provider.
    (
        "POST",
        "/o/{org}/prices",
        "do=set&provider=0&model=m&from=&input_text=1&output_text=1",
        [401, 403, 403, 422, 422, 404],
    ),
    (
        "POST",
        "/o/{org}/templates",
        "do=create&name=New&provider=$provider&team=$team&days=30",
        [401, 403, 403, 303, 303, 404],
    ),
    // What is named was never shown, so that it is shown instead.
    (
        "POST",
        "/o/{org}/compare",
        "a=$member&b=$invited&fingerprint=f&idempotency_key=k",
        [401, 403, 403, 303, 303, 404],
    ),
    // The provider is not allowed to anybody.
    (
        "POST",
        "/o/{org}/chat/send",
        r#"{"conversation":null,"provider":$provider,"model":"m","content":"Hi","replace_from":null}"#,
        [401, 403, 403, 403, 403, 404],
    ),
    (
        "POST",
        "/o/{org}/chat",
        "model=$provider%3Am&content=Hi",
        [303, 403, 403, 403, 403, 404],
    ),
    (
        "POST",
        "/o/{org}/chat/{conversation}",
        "model=$provider%3Am&content=Hi",
        [303, 403, 403, 403, 403, 404],
    ),
    (
        "GET",
        "/o/{org}/chat/{conversation}/answer",
        "",
        [303, 404, 404, 404, 404, 404],
    ),
    ("GET", "/o/{org}/find", "", [303, 200, 200, 200, 200, 404]),
    (
        "POST",
        "/o/{org}/views",
        "do=save&name=Ours&query=q%3Da&shared=1",
        [401, 403, 403, 303, 303, 404],
    ),
    (
        "GET",
        "/o/{org}/access/changes",
        "",
        [303, 403, 200, 200, 200, 404],
    ),
    (
        "GET",
        "/o/{org}/chat/{conversation}/export.md",
        "",
        [303, 404, 404, 404, 404, 404],
    ),
];
