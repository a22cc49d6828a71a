//! The document around every page, and the routes.

use crate::components::crash::CrashNotice;
use crate::components::{ToastRegion, Toaster};
use crate::pages::{
    access, access_invite, account, first_steps, how_access_works, invitation, login, not_found,
    organization, providers, root, setup, teams,
};
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

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
                <HashedStylesheet options=options.clone() id="gatehouse" />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
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
        <Title formatter=|page: String| if page.is_empty() { "Gatehouse".to_owned() } else { format!("{page} · Gatehouse") } />
        <Router>
            <Routes fallback=|| view! { <not_found::NotFoundPage /> }>
                <Route path=path!("/") view=root::RootPage ssr=SsrMode::Async />
                <Route path=path!("/setup") view=setup::SetupPage ssr=SsrMode::Async />
                <Route path=path!("/login") view=login::LoginPage ssr=SsrMode::Async />
                <Route path=path!("/invite/:token") view=invitation::InvitationPage ssr=SsrMode::Async />
                <Route path=path!("/account") view=account::AccountPage ssr=SsrMode::Async />
                // Where a refused change of password leaves the browser.
                <Route path=path!("/account/password") view=account::AccountPage ssr=SsrMode::Async />
                <ParentRoute path=path!("/o/:org") view=organization::OrganizationFrame ssr=SsrMode::Async>
                    <Route path=path!("") view=organization::OrganizationHome ssr=SsrMode::Async />
                    <Route path=path!("first-steps") view=first_steps::FirstStepsPage ssr=SsrMode::Async />
                    <Route path=path!("access") view=access::AccessPage ssr=SsrMode::Async />
                    <Route path=path!("access/invite") view=access_invite::InvitePage ssr=SsrMode::Async />
                    <Route path=path!("access/how") view=how_access_works::HowAccessWorksPage ssr=SsrMode::Async />
                    <Route path=path!("providers") view=providers::ProvidersPage ssr=SsrMode::Async />
                    <Route path=path!("teams") view=teams::TeamsPage ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
        <ToastRegion />
        // Last, since it holds a link: the first of a page is to be the one that skips to the content.
        <CrashNotice />
    }
}
