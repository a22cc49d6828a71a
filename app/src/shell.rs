//! The document around every page, and the routes.

use crate::browser::navigation;
use crate::components::crash::CrashNotice;
use crate::components::{ToastRegion, Toaster};
use crate::pages::member::NoSuchMember;
use crate::pages::not_found::NotFoundPage;
use crate::pages::organization::OrganizationFrame;
use crate::program::{Build, Elsewhere, EveryPage, Program, ProgramScript, StyleSheet, holds};
use domain::MemberId;
use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::hooks::{use_location, use_params_map};
use leptos_router::{SsrMode, path};

use crate::pages::access::AccessPage;
use crate::pages::access_change::ChangeManyPage;
use crate::pages::access_import::ImportPage;
use crate::pages::access_invite::InvitePage;
use crate::pages::access_requests::AccessRequestsPage;
use crate::pages::account::AccountPage;
use crate::pages::as_of::PastAccessPage;
use crate::pages::audit::AuditLogPage;
use crate::pages::budgets::BudgetsPage;
use crate::pages::chat::ChatPage;
use crate::pages::compare::CompareMembersPage;
use crate::pages::factor_reset::FactorResetPage;
use crate::pages::first_steps::FirstStepsPage;
use crate::pages::how_access_works::HowAccessWorksPage;
use crate::pages::invitation::InvitationPage;
use crate::pages::key_settings::KeySettingsPage;
use crate::pages::login::LoginPage;
use crate::pages::member::MemberPage;
use crate::pages::offboarding::OffboardingPage;
use crate::pages::organization::OrganizationHome;
use crate::pages::password_reset::{ForgotPasswordPage, ResetPasswordPage};
use crate::pages::prices::PricesPage;
use crate::pages::providers::{ProviderPage, ProvidersPage};
use crate::pages::request_log::{ReceiptPage, RequestsPage};
use crate::pages::reviews::{ReviewPage, ReviewsPage};
use crate::pages::root::RootPage;
use crate::pages::scim::ScimPage;
use crate::pages::security::SecurityPage;
use crate::pages::settings::SettingsPage;
use crate::pages::setup::SetupPage;
use crate::pages::sign_on::SignOnPage;
use crate::pages::spend::SpendingPage;
use crate::pages::teams::TeamsPage;
use crate::pages::templates::TemplatesPage;
use crate::pages::unused::UnusedAccessPage;
use crate::pages::views::ViewsPage;

/// A page in the program that holds it, and in each other what loads it with its own. Decided while compiling, so that
/// nothing of the page is in a program that does not hold it.
macro_rules! page {
    ($build:ident, $program:ident, $page:expr) => {
        || {
            if const { holds::<$build>(Program::$program) } {
                $page().into_any()
            } else {
                Elsewhere().into_any()
            }
        }
    };
}

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
                {app::<EveryPage>()}
            </body>
        </html>
    }
}

/// The routes. Each page is rendered whole before the first byte is sent, so that it works without JavaScript.
pub fn app<B: Build>() -> impl IntoView {
    provide_meta_context();
    Toaster::provide();
    view! {
        <Title formatter=document_title />
        <Router>
            <Routes fallback=|| view! { <NotFoundPage /> }>
                <Route path=path!("/") view={page!(B, Other, RootPage)} ssr=SsrMode::Async />
                <Route path=path!("/setup") view={page!(B, Other, SetupPage)} ssr=SsrMode::Async />
                <Route path=path!("/login") view={page!(B, Other, LoginPage)} ssr=SsrMode::Async />
                // Where a wrong code leaves the browser.
                <Route path=path!("/login/code") view={page!(B, Other, LoginPage)} ssr=SsrMode::Async />
                // Where single sign-on leaves the browser when it fails.
                <Route path=path!("/sign-on") view={page!(B, Other, LoginPage)} ssr=SsrMode::Async />
                <Route path=path!("/sign-on/:org") view={page!(B, Other, LoginPage)} ssr=SsrMode::Async />
                <Route path=path!("/sign-on/:org/callback") view={page!(B, Other, LoginPage)} ssr=SsrMode::Async />
                <Route path=path!("/forgot-password") view={page!(B, Other, ForgotPasswordPage)} ssr=SsrMode::Async />
                <Route path=path!("/reset-password/:token") view={page!(B, Other, ResetPasswordPage)} ssr=SsrMode::Async />
                <Route path=path!("/invite/:token") view={page!(B, Other, InvitationPage)} ssr=SsrMode::Async />
                <Route path=path!("/account") view={page!(B, Person, AccountPage)} ssr=SsrMode::Async />
                // Where a refused change of the name or the password leaves the browser.
                <Route path=path!("/account/name") view={page!(B, Person, AccountPage)} ssr=SsrMode::Async />
                <Route path=path!("/account/password") view={page!(B, Person, AccountPage)} ssr=SsrMode::Async />
                <Route path=path!("/account/security") view={page!(B, Other, SecurityPage)} ssr=SsrMode::Async />
                <ParentRoute path=path!("/o/:org") view=OrganizationFrame ssr=SsrMode::Async>
                    <Route path=path!("") view={page!(B, Other, OrganizationHome)} ssr=SsrMode::Async />
                    <Route path=path!("first-steps") view={page!(B, Other, FirstStepsPage)} ssr=SsrMode::Async />
                    <Route path=path!("access") view={page!(B, Access, AccessPage)} ssr=SsrMode::Async />
                    <Route path=path!("access/invite") view={page!(B, Manage, InvitePage)} ssr=SsrMode::Async />
                    <Route path=path!("access/import") view={page!(B, Review, ImportPage)} ssr=SsrMode::Async />
                    <Route path=path!("access/how") view={page!(B, Manage, HowAccessWorksPage)} ssr=SsrMode::Async />
                    <Route path=path!("access/requests") view={page!(B, Review, AccessRequestsPage)} ssr=SsrMode::Async />
                    <Route path=path!("access/change") view={page!(B, Spend, ChangeManyPage)} ssr=SsrMode::Async />
                    <Route path=path!("access/unused") view={page!(B, Review, UnusedAccessPage)} ssr=SsrMode::Async />
                    <Route path=path!("access/:member") view={member_route::<B>} ssr=SsrMode::Async />
                    <Route path=path!("access/:member/offboarding") view={page!(B, Review, OffboardingPage)} ssr=SsrMode::Async />
                    <Route path=path!("access/:member/second-factor") view={page!(B, Other, FactorResetPage)} ssr=SsrMode::Async />
                    <Route path=path!("providers") view={page!(B, Manage, ProvidersPage)} ssr=SsrMode::Async />
                    <Route path=path!("providers/:provider") view={page!(B, Other, ProviderPage)} ssr=SsrMode::Async />
                    <Route path=path!("teams") view={page!(B, Manage, TeamsPage)} ssr=SsrMode::Async />
                    <Route path=path!("reviews") view={page!(B, Review, ReviewsPage)} ssr=SsrMode::Async />
                    <Route path=path!("reviews/:review") view={page!(B, Review, ReviewPage)} ssr=SsrMode::Async />
                    <Route path=path!("views") view={page!(B, Other, ViewsPage)} ssr=SsrMode::Async />
                    <Route path=path!("audit") view={page!(B, Review, AuditLogPage)} ssr=SsrMode::Async />
                    <Route path=path!("as-of") view={page!(B, Review, PastAccessPage)} ssr=SsrMode::Async />
                    <Route path=path!("requests") view={page!(B, Spend, RequestsPage)} ssr=SsrMode::Async />
                    <Route path=path!("requests/:request") view={page!(B, Spend, ReceiptPage)} ssr=SsrMode::Async />
                    <Route path=path!("spend") view={page!(B, Spend, SpendingPage)} ssr=SsrMode::Async />
                    <Route path=path!("settings") view={page!(B, Review, SettingsPage)} ssr=SsrMode::Async />
                    <Route path=path!("budgets") view={page!(B, Spend, BudgetsPage)} ssr=SsrMode::Async />
                    <Route path=path!("compare") view={page!(B, Spend, CompareMembersPage)} ssr=SsrMode::Async />
                    <Route path=path!("templates") view={page!(B, Spend, TemplatesPage)} ssr=SsrMode::Async />
                    <Route path=path!("prices") view={page!(B, Spend, PricesPage)} ssr=SsrMode::Async />
                    <Route path=path!("settings/sign-on") view={page!(B, Review, SignOnPage)} ssr=SsrMode::Async />
                    <Route path=path!("settings/keys") view={page!(B, Other, KeySettingsPage)} ssr=SsrMode::Async />
                    <Route path=path!("settings/scim") view={page!(B, Review, ScimPage)} ssr=SsrMode::Async />
                    // One page: a conversation that begins gets its address without the page being made anew.
                    <Route path=path!("chat/:conversation?") view={page!(B, Chat, ChatPage)} ssr=SsrMode::Async />
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
fn member_route<B: Build>() -> AnyView {
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
        Some(member) if const { holds::<B>(Program::Person) } => view! { <MemberPage member /> }.into_any(),
        Some(_) => Elsewhere().into_any(),
        None => view! { <NoSuchMember /> }.into_any(),
    }
}
