//! First steps: what to do, in order, ticked off from what is really there.

use super::organization::use_viewer;
use crate::api::session::first_steps;
use crate::components::{Icon, LoadFailed, Skeleton, counted};
use domain::organization::{FirstSteps, Viewer};
use leptos::prelude::*;
use leptos_meta::Title;

/// Organization, provider, people, allowed providers.
#[component]
pub fn FirstStepsPage() -> impl IntoView {
    let viewer = StoredValue::new(use_viewer());
    let steps = Resource::new(move || viewer.read_value().organization.slug.clone(), first_steps);
    view! {
        <Title text="First steps" />
        <div class="page-head">
            <div>
                <h1>"First steps"</h1>
                <p class="lede">"Set up your organization. Steps are checked off automatically."</p>
            </div>
        </div>
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                match steps.await {
                    Ok(state) => view! { <Steps state viewer=viewer.get_value() /> }.into_any(),
                    Err(error) => view! { <LoadFailed problem=error.0 retry=move |()| steps.refetch() /> }.into_any(),
                }
            })}
        </Transition>
        {move || {
            viewer.with_value(|viewer| {
                let organization = &viewer.organization;
                let settings = |page: &str| format!("/o/{}/settings/{page}", organization.slug);
                let (scim, sign_on) = (settings("scim"), settings("sign-on"));
                organization.role.administers().then(|| {
                    view! {
                        <p class="muted">
                            "Does a directory such as Entra ID or Okta know your people? " <a href=scim>"Connect it by SCIM"</a> ", or let people sign in with it by " <a href=sign_on>"single sign-on"</a> "."
                        </p>
                    }
                })
            })
        }}
    }
}

struct Step {
    done: bool,
    title: &'static str,
    /// Where it stands, in a sentence.
    state: String,
    /// What to do: address and words.
    link: Option<(String, &'static str)>,
}

/// The steps in order. Only those who may do a step are offered it; everybody may look.
fn steps(state: FirstSteps, viewer: &Viewer) -> [Step; 4] {
    let organization = &viewer.organization;
    let at = |path: &str| format!("/o/{}/{path}", organization.slug);
    let may_edit = organization.role.administers();
    let provider = Step {
        done: state.active_providers > 0,
        title: "Add the first provider",
        state: match (state.providers, state.active_providers) {
            (0, _) => {
                "Connect an AI service with its base URL and credential, then test the connection.".to_owned()
            }
            (n, 0) => format!("{} added, none active.", counted(n, "provider")),
            (n, active) => format!("{} added, {active} active.", counted(n, "provider")),
        },
        link: match (state.providers, may_edit) {
            (0, true) => Some((at("providers?add=1"), "Add provider")),
            (0, false) => None,
            _ => Some((at("providers"), "Open Providers")),
        },
    };
    let people = Step {
        done: state.members > 1 || state.invitations > 0,
        title: "Invite people",
        state: match (state.members, state.invitations) {
            (0 | 1, 0) => "Enter or paste email addresses. Each person gets a link to join.".to_owned(),
            (members, 0) => format!("{} joined.", counted(members, "member")),
            (members, invited) => {
                format!(
                    "{} joined, {} pending.",
                    counted(members, "member"),
                    counted(invited, "invitation")
                )
            }
        },
        link: if may_edit {
            Some((at("access/invite"), "Invite people"))
        } else {
            None
        },
    };
    let access = Step {
        done: state.assigned > 0 && state.unassigned == 0,
        title: "Assign providers",
        state: match (state.assigned, state.unassigned) {
            (0, _) => "No member has an allowed provider yet.".to_owned(),
            (assigned, 0) => format!(
                "All {} have an allowed provider.",
                counted(assigned, "active member")
            ),
            (assigned, without) => {
                format!(
                    "{} of {} have an allowed provider.",
                    assigned,
                    counted(assigned + without, "active member")
                )
            }
        },
        link: if state.unassigned > 0 {
            Some((at("access?without=1"), "Show members without providers"))
        } else {
            Some((at("access"), "Open AI Access"))
        },
    };
    [
        Step {
            done: true,
            title: "Set up the organization",
            state: format!("{} is set up.", organization.name),
            link: None,
        },
        provider,
        people,
        access,
    ]
}

#[component]
fn Steps(state: FirstSteps, viewer: Viewer) -> impl IntoView {
    let steps = steps(state, &viewer);
    let done = steps.iter().filter(|step| step.done).count();
    // The first open step is the one to do now: it alone has the primary button.
    let now = steps.iter().position(|step| !step.done);
    let total = steps.len();
    view! {
        <p class="steps-progress">
            {if now.is_none() { "All done.".to_owned() } else { format!("{done} of {total} done") }}
        </p>
        <ol class="steps">
            {steps
                .into_iter()
                .enumerate()
                .map(|(at, step)| {
                    let button = if now == Some(at) { "button primary" } else { "button" };
                    view! {
                        <li class="step" class:done=step.done>
                            <span class="step-mark" aria-hidden="true">
                                {if step.done {
                                    view! { <Icon name="check" /> }.into_any()
                                } else {
                                    (at + 1).to_string().into_any()
                                }}
                            </span>
                            <div>
                                <h2>
                                    {step.title}
                                    <span class="visually-hidden">{if step.done { " (done)" } else { " (to do)" }}</span>
                                </h2>
                                <p class="muted">{step.state}</p>
                            </div>
                            {step.link.map(|(href, label)| view! { <a class=button href=href>{label}</a> })}
                        </li>
                    }
                })
                .collect_view()}
        </ol>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::organization::{Me, OrganizationLink};
    use domain::{MemberId, MemberStatus, Role};

    fn viewer(role: Role) -> Viewer {
        Viewer {
            me: Me {
                name: String::new(),
                email: String::new(),
                organizations: Vec::new(),
                home: None,
                suspended: Vec::new(),
            },
            organization: OrganizationLink {
                slug: "sunflower".into(),
                name: "Sunflower".into(),
                role,
            },
            member: MemberId(1),
            status: MemberStatus::Active,
            waiting: 0,
            reviews: None,
            views: Vec::new(),
            mail: false,
        }
    }

    #[test]
    fn ticks_off_what_is_there() {
        let empty = FirstSteps {
            providers: 0,
            active_providers: 0,
            members: 1,
            invitations: 0,
            assigned: 0,
            unassigned: 1,
        };
        let done = |state| steps(state, &viewer(Role::Owner)).map(|step| step.done);
        assert_eq!(done(empty), [true, false, false, false]);
        let inactive = FirstSteps {
            providers: 1,
            invitations: 3,
            ..empty
        };
        assert_eq!(done(inactive), [true, false, true, false]);
        let all = FirstSteps {
            providers: 2,
            active_providers: 1,
            members: 5,
            assigned: 5,
            unassigned: 0,
            ..empty
        };
        assert_eq!(done(all), [true; 4]);
    }

    #[test]
    fn an_auditor_is_offered_nothing_that_changes_anything() {
        let state = FirstSteps {
            providers: 0,
            active_providers: 0,
            members: 1,
            invitations: 0,
            assigned: 0,
            unassigned: 1,
        };
        let links = steps(state, &viewer(Role::Auditor)).map(|step| step.link.map(|(href, _)| href));
        assert_eq!(
            links,
            [None, None, None, Some("/o/sunflower/access?without=1".into())]
        );
    }
}
