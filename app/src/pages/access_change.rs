//! Changing many rows of AI Access without scripts: what is selected and asked stands in the address, the preview is made by
//! the server, and one native form does what was shown.

use crate::api::bulk::bulk_form;
use crate::components::{EmptyState, LoadFailed, Notice, NoticeKind, Skeleton, counted};
use crate::forms::form_outcome;
use crate::pages::access::words::{Names, PreviewLines, rows};
use crate::pages::access::{Done, DoneNotice};
use crate::pages::auth::answer_with_status;
use crate::pages::organization::use_viewer;
use crate::pages::request::first_key;
use domain::bulk::{BulkAsked, BulkForm, BulkKind, Selection, Shown};
use domain::provider::ProviderStatus;
use domain::{ProblemCode, Role};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

/// The page, a step further with each form that is sent.
#[component]
pub fn ChangeManyPage() -> impl IntoView {
    let viewer = use_viewer();
    let (org, own) = (viewer.organization.slug, viewer.organization.role);
    let table = format!("/o/{org}/access");
    let body = match own.administers() {
        true => view! { <Steps org own /> }.into_any(),
        false => {
            answer_with_status(ProblemCode::Forbidden.http_status());
            view! {
                <Notice kind=NoticeKind::Info>
                    <p>"Auditors cannot change access. Ask an owner or admin."</p>
                </Notice>
            }
            .into_any()
        }
    };
    view! {
        <Title text="Change many" />
        <div class="page-head">
            <div>
                <h1>"Change many"</h1>
                <p class="lede">"You see what would change before anything does."</p>
            </div>
            <div class="actions">
                <a class="button" href=table>"Back to AI Access"</a>
            </div>
        </div>
        <div class="change-many stack">{body}</div>
    }
}

#[component]
fn Steps(org: String, own: Role) -> impl IntoView {
    let location = use_location();
    let asked = Memo::new(move |_| BulkAsked::from_query_string(&location.search.read()));
    let org = StoredValue::new(org);
    let problem = StoredValue::new(form_outcome("bulk").problem);
    let key = StoredValue::new(SharedValue::new(first_key).into_inner());
    let form = Resource::new(
        move || asked.get(),
        move |asked| bulk_form(org.get_value(), asked),
    );
    view! {
        {problem
            .get_value()
            .map(|problem| view! { <Notice kind=NoticeKind::Error><p>{problem.message}</p></Notice> })}
        {move || view! { <Outcome org=org.get_value() asked=asked.get() /> }}
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                let path = format!("/o/{}/access/change", org.get_value());
                let asked = asked.get_untracked();
                match form.await {
                    Ok(form) => view! { <Step path asked form own key=key.get_value() /> }.into_any(),
                    Err(error) => {
                        view! { <LoadFailed problem=error.0 retry=move |()| form.refetch() /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}

/// What was done last, which a redirect says in the address.
#[component]
fn Outcome(org: String, asked: BulkAsked) -> impl IntoView {
    let number = |name: &str| asked.value(name).parse::<u32>().ok();
    let done = asked.value("done").parse().ok().map(|change| Done {
        change,
        changed: number("changed"),
        undoable: asked.value("final") != "1",
    });
    let undone = number("undone").map(|restored| {
        let kept = number("kept").unwrap_or_default();
        let left = (kept > 0).then(|| format!(" {} left as it is now: somebody changed it since.", rows(kept)));
        view! { <Notice kind=NoticeKind::Success><p>{format!("Undone for {}.", rows(restored))} {left}</p></Notice> }
    });
    let moved = (asked.value("moved") == "1").then(|| {
        view! {
            <Notice kind=NoticeKind::Error>
                <p>"Something changed since the preview. Nothing was done. This is what it would be now."</p>
            </Notice>
        }
    });
    view! {
        <DoneNotice org done=RwSignal::new(done) on_undone=|()| () />
        {undone}
        {moved}
    }
}

/// What comes next.
#[component]
fn Step(path: String, asked: BulkAsked, form: BulkForm, own: Role, key: String) -> impl IntoView {
    let Some(selection) = asked.selection() else {
        return view! {
            <div class="panel">
                <EmptyState title="No rows selected" text="Select rows in AI Access, then choose what to change.">
                    <a class="button" href=path.trim_end_matches("/change").to_owned()>"Open AI Access"</a>
                </EmptyState>
            </div>
        }
        .into_any();
    };
    let selected = match &selection {
        Selection::Ids(ids) => format!(
            "{} selected",
            counted(u32::try_from(ids.len()).unwrap_or(u32::MAX), "row")
        ),
        Selection::Matching(query) if query.narrows() => {
            "All rows that match the search are selected".to_owned()
        }
        Selection::Matching(_) => "All rows are selected".to_owned(),
    };
    let step = match (asked.kind(), form.shown) {
        (None, _) => view! { <ChooseKind path asked /> }.into_any(),
        (Some(kind), None) => {
            view! { <ChooseWhat path asked kind own providers=form.providers teams=form.teams /> }.into_any()
        }
        (Some(kind), Some(shown)) => {
            let names = Names::of(&form.providers, &form.teams);
            view! { <Apply path asked kind names shown key /> }.into_any()
        }
    };
    view! {
        <p><strong>{selected}</strong></p>
        {step}
    }
    .into_any()
}

/// Parameters that a form takes along.
fn hidden(pairs: Vec<(String, String)>) -> Vec<impl IntoView> {
    let field = |(name, value)| view! { <input type="hidden" name=name value=value /> };
    pairs.into_iter().map(field).collect()
}

/// Those of the selection.
fn selection(asked: &BulkAsked) -> Vec<(String, String)> {
    asked.only(|name| !BulkAsked::is_of_change(name) && !is_of_outcome(name))
}

fn is_of_outcome(name: &str) -> bool {
    matches!(name, "done" | "changed" | "final" | "undone" | "kept" | "moved")
}

#[component]
fn ChooseKind(path: String, asked: BulkAsked) -> impl IntoView {
    let options = BulkKind::ALL.map(|kind| view! { <option value=kind.as_str()>{kind.label()}</option> });
    view! {
        <form method="get" action=path class="panel padded stack">
            {hidden(selection(&asked))}
            <label class="field">
                <span>"What to change"</span>
                <select class="input" name="what">{options.collect_view()}</select>
            </label>
            <div class="row">
                <button type="submit" class="button primary">"Next"</button>
            </div>
        </form>
    }
}

#[component]
fn ChooseWhat(
    path: String,
    asked: BulkAsked,
    kind: BulkKind,
    own: Role,
    providers: Vec<domain::provider::ProviderRef>,
    teams: Vec<domain::team::TeamRef>,
) -> impl IntoView {
    let chosen = asked.chosen();
    let choice = |id: i64, name: String, off: bool| {
        let checked = chosen.contains(&id);
        view! {
            <label class="choice">
                <input type="checkbox" name="choose" value=id.to_string() checked=checked disabled=off />
                <bdi>{name}</bdi>
                {off.then_some(" (inactive)")}
            </label>
        }
    };
    let of_providers = |adding: bool| {
        let one = |provider: domain::provider::ProviderRef| {
            let off = adding && provider.status == ProviderStatus::Inactive;
            choice(provider.id.0, provider.name, off)
        };
        providers.clone().into_iter().map(one).collect_view()
    };
    let fields = match kind {
        BulkKind::AddProviders => view! {
            <fieldset class="choices"><legend>"Providers to allow"</legend>{of_providers(true)}</fieldset>
            <label class="field">
                <span>"Expiration date (optional)"</span>
                <input class="input" type="date" name="until" value=asked.value("until").to_owned() />
            </label>
        }
        .into_any(),
        BulkKind::RemoveProviders => view! {
            <fieldset class="choices"><legend>"Providers to remove"</legend>{of_providers(false)}</fieldset>
        }
        .into_any(),
        BulkKind::AddTeams | BulkKind::RemoveTeams => {
            let teams = teams.into_iter().map(|team| choice(team.id.0, team.name, false));
            view! { <fieldset class="choices"><legend>"Teams"</legend>{teams.collect_view()}</fieldset> }
                .into_any()
        }
        BulkKind::Role => {
            let roles = Role::ALL.iter().filter(|role| **role <= own).map(|role| {
                view! { <option value=role.as_str()>{role.label()}</option> }
            });
            view! {
                <label class="field">
                    <span>"Role"</span>
                    <select class="input" name="to">{roles.collect_view()}</select>
                </label>
            }
            .into_any()
        }
        BulkKind::Action(action) => view! {
            <p>{action.about()}</p>
            <input type="hidden" name="to" value="1" />
        }
        .into_any(),
    };
    let back = BulkAsked::from(selection(&asked)).to_query_string();
    let back = format!("{path}?{back}");
    view! {
        <form method="get" action=path class="panel padded stack">
            {hidden(selection(&asked))}
            <input type="hidden" name="what" value=kind.as_str() />
            <h2>{kind.label()}</h2>
            {fields}
            <div class="row">
                <button type="submit" class="button primary">"Preview"</button>
                <a class="button" href=back>"Back"</a>
            </div>
        </form>
    }
}

/// The preview, and the form that does it.
#[component]
fn Apply(
    path: String,
    asked: BulkAsked,
    kind: BulkKind,
    names: Names,
    shown: Shown,
    key: String,
) -> impl IntoView {
    let Ok(Some(input)) = asked.input() else {
        return ().into_any();
    };
    let changes = shown.preview.counts.change;
    let stays = asked.only(|name| !is_of_outcome(name));
    let back = asked.only(|name| !is_of_outcome(name) && (name == "what" || !BulkAsked::is_of_change(name)));
    let back = format!("{path}?{}", BulkAsked::from(back).to_query_string());
    let fingerprint = shown.fingerprint.clone();
    view! {
        <form method="post" action=path class="panel padded stack">
            <h2>{kind.label()}</h2>
            <PreviewLines change=input.change names shown />
            <input type="hidden" name="do" value="apply" />
            <input type="hidden" name="asked" value=BulkAsked::from(stays).to_query_string() />
            <input type="hidden" name="fingerprint" value=fingerprint />
            <input type="hidden" name="idempotency_key" value=key />
            <div class="row">
                <button
                    type="submit"
                    class="button primary"
                    class:danger=kind.takes_away()
                    disabled=changes == 0
                >
                    {format!("{} {}", kind.verb(), rows(changes))}
                </button>
                <a class="button" href=back>"Back"</a>
            </div>
        </form>
    }
    .into_any()
}
