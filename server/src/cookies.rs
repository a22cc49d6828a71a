//! The cookies of a signed-in browser as they are set and cleared.

use app::api::who::Cookies;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use domain::limits::{DEVICE_LIFETIME, SESSION_LIFETIME};
use services::{ATTEMPT_LIFETIME, SessionToken};

fn set(response: &mut Response, cookies: Cookies, name: &str, value: &str, max_age: i64) {
    let secure = if cookies.secure { "; Secure" } else { "" };
    let text = format!(
        "{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}",
        max_age / 1_000
    );
    if let Ok(header) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, header);
    }
}

/// Hands the browser its session, and what tells later that it had one.
pub fn start_session(response: &mut Response, cookies: Cookies, token: &SessionToken) {
    set(
        response,
        cookies,
        cookies.name(),
        token.expose(),
        SESSION_LIFETIME,
    );
    set(
        response,
        cookies,
        cookies.device_name(),
        token.device(),
        DEVICE_LIFETIME,
    );
}

/// Takes the session from the browser. That it had one is still known, so that nobody's guessing delays the next one.
pub fn end_session(response: &mut Response, cookies: Cookies) {
    set(response, cookies, cookies.name(), "", 0);
}

/// Gives the browser what it has to bring back from the provider of single sign-on.
pub fn begin_sign_on(response: &mut Response, cookies: Cookies, attempt: &str) {
    set(
        response,
        cookies,
        cookies.sign_on_name(),
        attempt,
        ATTEMPT_LIFETIME,
    );
}

/// Takes it from the browser again.
pub fn end_sign_on(response: &mut Response, cookies: Cookies) {
    set(response, cookies, cookies.sign_on_name(), "", 0);
}
