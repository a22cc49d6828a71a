//! The browser's programs. Each page is brought to life by the one that holds it; together they would be more
//! than a first visit should have to load (docs/decisions/0006).

use crate::browser::navigation;
use crate::components::Busy;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// One of the programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// AI Access.
    Access,
    /// One person with all that is to be told of them: the own account, a member.
    Person,
    /// Chat.
    Chat,
    /// What administrators set up: invitations, providers, teams.
    Manage,
    /// What is brought in, asked for, looked through and written down: the import, SCIM, access requests, unused access, access
    /// reviews, the audit log, past access.
    Review,
    /// What is used and what it costs: spend, budgets, prices, requests. And what needs the words for a change of many rows:
    /// that change as a form, comparing members, templates.
    Spend,
    /// Every other page, that of one provider among them.
    Other,
}

impl Program {
    /// The program that holds the page at a path. The routes in [`crate::app()`] follow the same line.
    pub fn of(path: &str) -> Self {
        let mut parts = path.trim_matches('/').split('/');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("o"), Some(_), Some("access"), None) => Self::Access,
            (Some("o"), Some(_), Some("access"), Some(member)) if member.parse::<u64>().is_ok() => {
                match parts.next() {
                    None => Self::Person,
                    Some("second-factor") => Self::Other,
                    Some(_) => Self::Review,
                }
            }
            (Some("account"), Some("security"), ..) => Self::Other,
            (Some("account"), ..) => Self::Person,
            (Some("o"), Some(_), Some("access"), Some("invite" | "how"))
            | (Some("o"), Some(_), Some("providers" | "teams"), None) => Self::Manage,
            (Some("o"), Some(_), Some("access"), Some("import" | "requests" | "unused"))
            | (Some("o"), Some(_), Some("reviews"), _)
            | (Some("o"), Some(_), Some("audit" | "as-of"), None)
            | (Some("o"), Some(_), Some("settings"), None | Some("scim" | "sign-on")) => Self::Review,
            (Some("o"), Some(_), Some("spend" | "budgets" | "prices" | "compare" | "templates"), None)
            | (Some("o"), Some(_), Some("access"), Some("change"))
            | (Some("o"), Some(_), Some("requests"), _) => Self::Spend,
            (Some("o"), Some(_), Some("chat"), _) => Self::Chat,
            _ => Self::Other,
        }
    }

    /// Its part of file names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Person => "person",
            Self::Chat => "chat",
            Self::Manage => "manage",
            Self::Review => "review",
            Self::Spend => "spend",
            Self::Other => "other",
        }
    }
}

/// Stands in each program for the pages of the others: loads the page with its own program.
#[component]
pub fn Elsewhere() -> impl IntoView {
    let location = use_location();
    Effect::new(move |_| {
        let (path, search) = (location.pathname.get(), location.search.get());
        let search = if search.is_empty() {
            search
        } else {
            format!("?{search}")
        };
        navigation::leave_to(&format!("{path}{search}{}", location.hash.get()));
    });
    view! { <Busy /> }
}

/// Which pages a build of the app holds.
pub trait Build: 'static {
    /// The one program whose pages are in it; `None` for all pages.
    const PROGRAM: Option<Program>;
}

/// The build that holds every page: the server's, and the browser's while developing.
#[derive(Debug)]
pub struct EveryPage;

impl Build for EveryPage {
    const PROGRAM: Option<Program> = None;
}

/// Whether a build holds the pages of a program.
pub const fn holds<B: Build>(program: Program) -> bool {
    match B::PROGRAM {
        Some(own) => own as u8 == program as u8,
        None => true,
    }
}

/// Whether a page is brought to life by another program than this.
#[cfg(feature = "hydrate")]
fn is_elsewhere<B: Build>(path: &str) -> bool {
    !holds::<B>(Program::of(path))
}

/// Takes over the page that the server rendered.
#[cfg(feature = "hydrate")]
pub fn start<B: Build>() {
    use crate::browser;
    use std::time::Duration;

    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        browser::page::show_crash_notice();
    }));
    browser::details::close_on_leave();
    browser::unsaved::ask_before_leaving(is_elsewhere::<B>);
    browser::navigation::load_elsewhere(is_elsewhere::<B>);
    leptos::mount::hydrate_body(crate::app::<B>);
    // Parts that waited for their data come to life in the tasks that follow; then the page answers to everything.
    set_timeout(browser::page::mark_hydrated, Duration::ZERO);
}

/// Where the scripts and programs are, as the server found them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assets {
    /// The part of a name that changes with the content, by file names such as `access.js` and `access.wasm`.
    /// Empty while developing, when one program under a plain name holds every page.
    pub hashes: Vec<(String, String)>,
}

impl Assets {
    /// Reads what the site builder wrote: a `name: hash` a line.
    pub fn parse(text: &str) -> Self {
        let line = |line: &str| {
            let (name, hash) = line.split_once(':')?;
            Some((name.trim().to_owned(), hash.trim().to_owned()))
        };
        Self {
            hashes: text.lines().filter_map(line).collect(),
        }
    }

    /// The address of a program's `js` or `wasm`.
    pub fn address(&self, program: Program, extension: &str) -> String {
        let name = format!("{}.{extension}", program.name());
        match self.hashes.iter().find(|(known, _)| *known == name) {
            Some((_, hash)) => format!("/pkg/{}.{hash}.{extension}", program.name()),
            None => format!("/pkg/gatehouse.{extension}"),
        }
    }

    /// The address of the style sheet.
    pub fn style_sheet(&self) -> String {
        match self.hashes.iter().find(|(known, _)| known == "css") {
            Some((_, hash)) => format!("/pkg/gatehouse.{hash}.css"),
            None => "/pkg/gatehouse.css".to_owned(),
        }
    }
}

/// The style sheet of every page. Runs on the server only.
#[component]
pub fn StyleSheet() -> impl IntoView {
    let href = use_context::<Assets>().unwrap_or_default().style_sheet();
    view! { <link id="gatehouse" rel="stylesheet" href=href /> }
}

/// Loads the program of the page that is being rendered, and starts it.
#[component]
pub fn ProgramScript() -> impl IntoView {
    let program = Program::of(&requested_path());
    let assets = use_context::<Assets>().unwrap_or_default();
    let (js, wasm) = (assets.address(program, "js"), assets.address(program, "wasm"));
    // Leaving a page before it has come alive breaks the loading off, which is nobody's fault.
    let script = format!(
        "let left = false;\n\
         addEventListener('pagehide', () => {{ left = true; }});\n\
         try {{\n\
         const {{ default: init, hydrate }} = await import('{js}');\n\
         await init({{ module_or_path: '{wasm}' }});\n\
         hydrate();\n\
         }} catch (problem) {{\n\
         if (!left) throw problem;\n\
         }}"
    );
    let nonce = leptos::nonce::use_nonce();
    view! {
        <link rel="modulepreload" href=js crossorigin="anonymous" />
        <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
        <script type="module" nonce=nonce>
            {script}
        </script>
    }
}

/// The path of the page that the server renders; nothing in the browser, which never renders the document.
fn requested_path() -> String {
    #[cfg(feature = "ssr")]
    return use_context::<axum::http::request::Parts>()
        .map_or_else(String::new, |parts| parts.uri.path().to_owned());
    #[cfg(not(feature = "ssr"))]
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_has_one_program() {
        for path in ["/o/sunflower/access", "/o/sunflower/access/"] {
            assert_eq!(Program::of(path), Program::Access, "{path}");
        }
        for path in ["/account", "/account/password", "/o/sunflower/access/12"] {
            assert_eq!(Program::of(path), Program::Person, "{path}");
        }
        for path in ["/o/sunflower/chat", "/o/sunflower/chat/7"] {
            assert_eq!(Program::of(path), Program::Chat, "{path}");
        }
        for path in [
            "/o/sunflower/access/invite",
            "/o/sunflower/access/how",
            "/o/a/providers",
            "/o/a/teams/",
        ] {
            assert_eq!(Program::of(path), Program::Manage, "{path}");
        }
        for path in [
            "/o/sunflower/access/import",
            "/o/sunflower/access/requests",
            "/o/sunflower/access/unused",
            "/o/a/reviews",
            "/o/a/reviews/7",
            "/o/a/audit/",
            "/o/a/settings",
            "/o/a/settings/scim",
            "/o/a/settings/sign-on",
        ] {
            assert_eq!(Program::of(path), Program::Review, "{path}");
        }
        for path in [
            "/o/a/spend",
            "/o/sunflower/access/change",
            "/o/a/budgets",
            "/o/a/prices",
            "/o/a/compare",
            "/o/a/templates",
            "/o/a/requests",
            "/o/a/requests/7",
        ] {
            assert_eq!(Program::of(path), Program::Spend, "{path}");
        }
        for path in [
            "/",
            "/login",
            "/account/security",
            "/o/sunflower",
            "/o/sunflower/first-steps",
            "/o/a/settings/keys",
            "/o/a/providers/openai",
            "/o/sunflower/access/nobody",
            "/o/access",
            "/access",
        ] {
            assert_eq!(Program::of(path), Program::Other, "{path}");
        }
    }

    #[test]
    fn names_are_those_the_site_builder_wrote() {
        let assets = Assets::parse("css: aa\naccess.js: bb\naccess.wasm: cc\n");
        assert_eq!(assets.address(Program::Access, "js"), "/pkg/access.bb.js");
        assert_eq!(assets.address(Program::Access, "wasm"), "/pkg/access.cc.wasm");
        assert_eq!(assets.style_sheet(), "/pkg/gatehouse.aa.css");
        assert_eq!(Assets::default().style_sheet(), "/pkg/gatehouse.css");
        assert_eq!(
            Assets::default().address(Program::Other, "wasm"),
            "/pkg/gatehouse.wasm"
        );
    }
}
