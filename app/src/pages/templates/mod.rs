//! Templates: named sets of providers and teams, and giving one to many. All forms are native and work without JavaScript; one
//! address takes them, and the field `do` says which it is.

mod forms;

use crate::api::templates::templates;
use crate::components::{EmptyState, LoadFailed, Notice, NoticeKind, Skeleton, counted};
use crate::forms::{FormOutcome, form_outcome};
use crate::pages::access::words::{Names, PreviewLines, rows};
use crate::pages::access::{Done, DoneNotice};
use crate::pages::organization::use_viewer;
use crate::pages::request::first_key;
use domain::templates::{TemplateApplying, TemplateList, TemplateQuery, TemplateView};
use forms::{Change, Create, Offered};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_query_map};

/// The page.
#[component]
pub fn TemplatesPage() -> impl IntoView {
    let org = StoredValue::new(use_viewer().organization.slug);
    let (location, said) = (use_location(), use_query_map());
    let query = Memo::new(move |_| TemplateQuery::from_query_string(&location.search.read()));
    let outcome = StoredValue::new(form_outcome("templates"));
    let problem = outcome.read_value().problem.clone();
    let key = StoredValue::new(SharedValue::new(first_key).into_inner());
    let found = Resource::new(
        move || query.get(),
        move |query| templates(org.get_value(), query),
    );
    let change = said.read_untracked().get("change").and_then(|id| id.parse().ok());
    let changed = said
        .read_untracked()
        .get("changed")
        .and_then(|rows| rows.parse().ok());
    let done = RwSignal::new(change.map(|change| Done {
        change,
        changed,
        undoable: true,
    }));
    view! {
        <Title text="Templates" />
        <div class="page-head">
            <div>
                <h1>"Templates"</h1>
                <p class="lede">"Named sets of providers and teams, applied to many members at once. They apply to nobody by themselves."</p>
            </div>
            <div class="actions">
                <a class="button" href=format!("/o/{}/teams", org.get_value())>"Back to teams"</a>
            </div>
        </div>
        {problem.map(|problem| view! { <Notice kind=NoticeKind::Error><p>{problem.message}</p></Notice> })}
        {move || {
            let (kind, text) = match said.read().get_str("done") {
                Some("created") => (NoticeKind::Success, "Template created."),
                Some("saved") => (NoticeKind::Success, "Template saved. Members it was applied to keep what they have."),
                Some("deleted") => (NoticeKind::Success, "Template deleted. Members it was applied to keep what they have."),
                Some("moved") => {
                    (NoticeKind::Error, "Something changed since the preview. Nothing was done. This is what it would be now.")
                }
                _ => return None,
            };
            Some(view! { <Notice kind><p>{text}</p></Notice> })
        }}
        <DoneNotice org=org.get_value() done on_undone=|()| () />
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                let query = query.get_untracked();
                match found.await {
                    Ok(list) => {
                        view! { <Found org=org.get_value() query list outcome=outcome.get_value() key=key.get_value() /> }
                            .into_any()
                    }
                    Err(error) => view! { <LoadFailed problem=error.0 retry=move |()| found.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Found(
    org: String,
    query: TemplateQuery,
    list: TemplateList,
    outcome: FormOutcome,
    key: String,
) -> impl IntoView {
    let administers = use_viewer().organization.role.administers();
    let path = format!("/o/{org}/templates");
    let TemplateList {
        templates,
        providers,
        teams,
        applying,
    } = list;
    if let Some(applying) = applying.filter(|_| administers) {
        let names = Names::of(&providers, &teams);
        return view! { <Apply path query applying names key /> }.into_any();
    }
    let offered = Offered { providers, teams };
    let items = match templates.is_empty() {
        true => view! {
            <div class="panel">
                <EmptyState
                    title="No templates"
                    text="A template holds the providers and teams that, say, every new engineer gets."
                />
            </div>
        }
        .into_any(),
        false => {
            let items = templates.into_iter().map(|template| {
                let forms = administers.then(|| {
                    let typed =
                        (outcome.value("template") == template.id.to_string()).then(|| outcome.clone());
                    let (path, offered, template) = (path.clone(), offered.clone(), template.clone());
                    view! { <Change path template offered typed /> }
                });
                view! { <Item path=path.clone() template administers>{forms}</Item> }
            });
            view! { <ul class="keys-list">{items.collect_view()}</ul> }.into_any()
        }
    };
    let create = administers.then(|| {
        // What was typed into the form of one that is there is none of this one's.
        let typed = match outcome.value("template").is_empty() {
            true => outcome,
            false => FormOutcome::default(),
        };
        view! { <Create path offered typed /> }
    });
    view! {
        <div class="requests">
            {items}
            {create}
        </div>
    }
    .into_any()
}

/// What a template gives, in a line each.
fn gives(template: &TemplateView) -> impl IntoView + use<> {
    let providers: Vec<_> = template.providers.iter().map(|one| one.name.clone()).collect();
    let teams: Vec<_> = template.teams.iter().map(|one| one.name.clone()).collect();
    let days = template
        .days
        .map(|days| format!(", for {}", counted(days, "day")));
    let none = providers.is_empty() && teams.is_empty();
    view! {
        {(!providers.is_empty())
            .then(|| view! { <li>"Providers: " <bdi>{providers.join(", ")}</bdi> {days}</li> })}
        {(!teams.is_empty()).then(|| view! { <li>"Teams: " <bdi>{teams.join(", ")}</bdi></li> })}
        {none.then(|| view! { <li>"Nothing: what it held was deleted."</li> })}
    }
}

#[component]
fn Item(path: String, template: TemplateView, administers: bool, children: Children) -> impl IntoView {
    let none = template.providers.is_empty() && template.teams.is_empty();
    let apply = (administers && !none).then(|| {
        let query = TemplateQuery {
            apply: Some(template.id),
            ..TemplateQuery::default()
        };
        let href = format!("{path}{}", query.to_query_string());
        view! {
            <a class="button small primary" href=href>
                "Apply…"
                <span class="visually-hidden">" " {template.name.clone()}</span>
            </a>
        }
    });
    view! {
        <li>
            <div class="key-what">
                <strong>
                    <bdi>{template.name.clone()}</bdi>
                </strong>
                <ul class="key-facts muted">{gives(&template)}</ul>
                <div class="row">{apply}</div>
            </div>
            {children()}
        </li>
    }
}

/// To whom, the preview, and the form that does it.
#[component]
fn Apply(
    path: String,
    query: TemplateQuery,
    applying: TemplateApplying,
    names: Names,
    key: String,
) -> impl IntoView {
    let TemplateApplying {
        template,
        change,
        shown,
    } = applying;
    let id = template.id.to_string();
    let title = template.name.clone();
    let preview = shown.map(|shown| {
        let changes = shown.preview.counts.change;
        let fingerprint = shown.fingerprint.clone();
        view! {
            <form method="post" action=path.clone() class="panel padded stack">
                <PreviewLines change names shown />
                <input type="hidden" name="template" value=id.clone() />
                <input type="hidden" name="q" value=query.search.clone() />
                <input type="hidden" name="fingerprint" value=fingerprint />
                <input type="hidden" name="idempotency_key" value=key />
                <div class="row">
                    <button type="submit" class="button primary" name="do" value="apply" disabled=changes == 0>
                        {format!("Apply to {}", rows(changes))}
                    </button>
                    <a class="button" href=path.clone()>"Back"</a>
                </div>
            </form>
        }
    });
    let expires = template
        .days
        .is_some()
        .then_some(" Members who have one of these providers already get the same expiration date.");
    view! {
        <section class="requests">
            <h2>"Apply " <bdi>{title}</bdi></h2>
            <ul class="key-facts muted">{gives(&template)}</ul>
            <form method="get" action=path class="stack" role="search" aria-label="Members">
                <input type="hidden" name="apply" value=id />
                <label class="field">
                    <span>"Members"</span>
                    <input class="input" type="search" name="q" required autocomplete="off" value=query.search />
                </label>
                <p class="muted">
                    "A search as in AI Access, such as a name, an email domain, team:sales or provider:none. You see what would change before anything does."
                    {expires}
                </p>
                <div class="row">
                    <button type="submit" class="button">"Preview"</button>
                </div>
            </form>
            {preview}
        </section>
    }
}
