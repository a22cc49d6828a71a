//! The document around every page, and the routes.

use crate::browser::navigation;
use crate::components::crash::CrashNotice;
use crate::components::{ToastRegion, Toaster};
use crate::pages::member::NoSuchMember;
use crate::pages::not_found::NotFoundPage;
use crate::pages::organization::OrganizationFrame;
use crate::program::{ProgramScript, StyleSheet};
use domain::MemberId;
use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::hooks::{use_location, use_params_map};
use leptos_router::{SsrMode, path};

#[cfg(feature = "access-page")]
use crate::pages::access::AccessPage;
#[cfg(not(feature = "access-page"))]
use crate::program::Elsewhere as AccessPage;

#[cfg(feature = "person-pages")]
use crate::pages::{account::AccountPage, member::MemberPage};
#[cfg(not(feature = "person-pages"))]
use crate::program::{Elsewhere as AccountPage, ElsewhereOfMember as MemberPage};

#[cfg(feature = "chat-page")]
use crate::pages::chat::ChatPage;
#[cfg(not(feature = "chat-page"))]
use crate::program::Elsewhere as ChatPage;

#[cfg(feature = "manage-pages")]
use crate::pages::{
    access_invite::InvitePage, how_access_works::HowAccessWorksPage, providers::ProvidersPage,
    teams::TeamsPage,
};
#[cfg(not(feature = "manage-pages"))]
use crate::program::{
    Elsewhere as InvitePage, Elsewhere as HowAccessWorksPage, Elsewhere as ProvidersPage,
    Elsewhere as TeamsPage,
};

#[cfg(feature = "review-pages")]
use crate::pages::{
    access_import::ImportPage,
    access_requests::AccessRequestsPage,
    audit::AuditLogPage,
    offboarding::OffboardingPage,
    request_log::{ReceiptPage, RequestsPage},
    scim::ScimPage,
    sign_on::SignOnPage,
    spend::SpendingPage,
};
#[cfg(not(feature = "review-pages"))]
use crate::program::{
    Elsewhere as AccessRequestsPage, Elsewhere as AuditLogPage, Elsewhere as ImportPage,
    Elsewhere as OffboardingPage, Elsewhere as ScimPage, Elsewhere as SpendingPage,
    Elsewhere as RequestsPage, Elsewhere as ReceiptPage, Elsewhere as SignOnPage,
};

#[cfg(feature = "other-pages")]
use crate::pages::{
    first_steps::FirstStepsPage,
    invitation::InvitationPage,
    login::LoginPage,
    organization::OrganizationHome,
    password_reset::{ForgotPasswordPage, ResetPasswordPage},
    providers::ProviderPage,
    root::RootPage,
    setup::SetupPage,
};
#[cfg(not(feature = "other-pages"))]
use crate::program::{
    Elsewhere as FirstStepsPage, Elsewhere as InvitationPage, Elsewhere as LoginPage,
    Elsewhere as OrganizationHome, Elsewhere as ProviderPage, Elsewhere as RootPage, Elsewhere as SetupPage,
    Elsewhere as ForgotPasswordPage, Elsewhere as ResetPasswordPage,
};

/// The whole document. Runs on the server only.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <crate::components::theme::ThemeScript />
                <StyleSheet />
                <AutoReload options />
                <ProgramScript />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The routes. Each page is rendered whole before the first byte is sent, so that it works without JavaScript.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Toaster::provide();
    view! {
        <Title formatter=document_title />
        <Router>
            <Routes fallback=|| view! { <NotFoundPage /> }>
                <Route path=path!("/") view=RootPage ssr=SsrMode::Async />
                <Route path=path!("/setup") view=SetupPage ssr=SsrMode::Async />
                <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async />
                // Where single sign-on leaves the browser when it fails.
                <Route path=path!("/sign-on") view=LoginPage ssr=SsrMode::Async />
                <Route path=path!("/sign-on/:org") view=LoginPage ssr=SsrMode::Async />
                <Route path=path!("/sign-on/:org/callback") view=LoginPage ssr=SsrMode::Async />
                <Route path=path!("/forgot-password") view=ForgotPasswordPage ssr=SsrMode::Async />
                <Route path=path!("/reset-password/:token") view=ResetPasswordPage ssr=SsrMode::Async />
                <Route path=path!("/invite/:token") view=InvitationPage ssr=SsrMode::Async />
                <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async />
                // Where a refused change of the name or the password leaves the browser.
                <Route path=path!("/account/name") view=AccountPage ssr=SsrMode::Async />
                <Route path=path!("/account/password") view=AccountPage ssr=SsrMode::Async />
                <ParentRoute path=path!("/o/:org") view=OrganizationFrame ssr=SsrMode::Async>
                    <Route path=path!("") view=OrganizationHome ssr=SsrMode::Async />
                    <Route path=path!("first-steps") view=FirstStepsPage ssr=SsrMode::Async />
                    <Route path=path!("access") view=AccessPage ssr=SsrMode::Async />
                    <Route path=path!("access/invite") view=InvitePage ssr=SsrMode::Async />
                    <Route path=path!("access/import") view=ImportPage ssr=SsrMode::Async />
                    <Route path=path!("access/how") view=HowAccessWorksPage ssr=SsrMode::Async />
                    <Route path=path!("access/requests") view=AccessRequestsPage ssr=SsrMode::Async />
                    <Route path=path!("access/:member") view=MemberRoute ssr=SsrMode::Async />
                    <Route path=path!("access/:member/offboarding") view=OffboardingPage ssr=SsrMode::Async />
                    <Route path=path!("providers") view=ProvidersPage ssr=SsrMode::Async />
                    <Route path=path!("providers/:provider") view=ProviderPage ssr=SsrMode::Async />
                    <Route path=path!("teams") view=TeamsPage ssr=SsrMode::Async />
                    <Route path=path!("audit") view=AuditLogPage ssr=SsrMode::Async />
                    <Route path=path!("requests") view=RequestsPage ssr=SsrMode::Async />
                    <Route path=path!("requests/:request") view=ReceiptPage ssr=SsrMode::Async />
                    <Route path=path!("spend") view=SpendingPage ssr=SsrMode::Async />
                    <Route path=path!("settings/sign-on") view=SignOnPage ssr=SsrMode::Async />
                    <Route path=path!("settings/scim") view=ScimPage ssr=SsrMode::Async />
                    // One page: a conversation that begins gets its address without the page being made anew.
                    <Route path=path!("chat/:conversation?") view=ChatPage ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
        <ToastRegion />
        // Last, since it holds a link: the first of a page is to be the one that skips to the content.
        <CrashNotice />
    }
}

/// What the browser's tab says. The server writes it into the HTML as it is, so here it is made text; the browser sets
/// it as text by itself.
fn document_title(page: String) -> String {
    let title = if page.is_empty() {
        "Gatehouse".to_owned()
    } else {
        format!("{page} · Gatehouse")
    };
    if cfg!(feature = "ssr") {
        title
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    } else {
        title
    }
}

/// The page of a member. Every program knows that what is no number means nobody; only one holds the page itself.
#[component]
fn MemberRoute() -> impl IntoView {
    let params = use_params_map();
    let location = use_location();
    let member = Memo::new(move |_| {
        let id = params.read().get("member")?.parse::<u64>().ok()?;
        // One too large for the database means nobody, too.
        Some(MemberId(i64::try_from(id).unwrap_or(i64::MAX)))
    });
    let first = member.get_untracked();
    // Made once and not in a closure, which on the server would make it, and ask its questions, several times. Another
    // member is another document.
    Effect::new(move |_| {
        let another = member.get();
        if another.is_some() && another != first {
            navigation::leave_to(&location.pathname.read_untracked());
        }
    });
    match first {
        Some(member) => view! { <MemberPage member /> }.into_any(),
        None => view! { <NoSuchMember /> }.into_any(),
    }
}
