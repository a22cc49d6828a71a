//! The session cookie as it is set and cleared.

use app::api::who::Cookies;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use domain::limits::SESSION_LIFETIME;
use services::SessionToken;

fn set(response: &mut Response, cookies: Cookies, value: &str, max_age_seconds: i64) {
    let secure = if cookies.secure { "; Secure" } else { "" };
    let text = format!(
        "{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_seconds}{secure}",
        cookies.name()
    );
    if let Ok(header) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, header);
    }
}

/// Hands the browser its session.
pub fn start_session(response: &mut Response, cookies: Cookies, token: &SessionToken) {
    set(response, cookies, token.expose(), SESSION_LIFETIME / 1_000);
}

/// Takes the session from the browser.
pub fn end_session(response: &mut Response, cookies: Cookies) {
    set(response, cookies, "", 0);
}
