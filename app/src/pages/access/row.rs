//! One row: a member or an invitation.

use super::bulk::PickRow;
use super::cells::{KeysCell, ProvidersCell, TeamsCell};
use super::marked::marked;
use super::row_menu::RowMenuButton;
use super::state::Access;
use crate::browser::rows::row_id;
use crate::components::TimeAgo;
use domain::mail::{MailStage, MailState};
use domain::member::MemberRow;
use domain::search::{Field, Search};
use domain::{MemberId, MemberStatus, Timestamp};
use leptos::prelude::*;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// A row with what is needed to show it.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    row: MemberRow,
    search: Arc<Search>,
    now: Timestamp,
}

impl Line {
    /// A row as an answer of the server has it.
    pub fn new(row: MemberRow, search: Arc<Search>, now: Timestamp) -> Self {
        Self { row, search, now }
    }

    /// Rows with the same key look the same. The version alone would not do: keys, sign-ins and the names of teams and
    /// providers change without it, and so does what a search marks.
    pub fn key(&self) -> (MemberId, u64) {
        let mut hasher = DefaultHasher::new();
        self.row.hash(&mut hasher);
        self.search.hash(&mut hasher);
        (self.row.id, hasher.finish())
    }
}

/// How a status looks.
pub fn badge_class(status: MemberStatus) -> &'static str {
    match status {
        MemberStatus::Active => "badge ok",
        MemberStatus::Suspended => "badge",
        MemberStatus::Invited => "badge info",
        MemberStatus::Expired => "badge danger",
    }
}

/// Where an invitation's mail stands; why, to whoever points at it or listens.
fn mail_state(mail: &MailState) -> AnyView {
    view! {
        <small class="mail-state" class:danger=mail.stage == MailStage::Failed title=mail.why.clone()>
            {mail.label()}
            <span class="visually-hidden">" " {mail.why.clone()}</span>
        </small>
    }
    .into_any()
}

/// The cells of a row. Their order on a narrow window is the style's affair.
#[component]
pub fn Row(access: Access, line: Line) -> impl IntoView {
    let Line { row, search, now } = line;
    let (id, is_invitation) = (row.id, row.status.is_invitation());
    let name = if row.name.is_empty() {
        "—".into_any()
    } else {
        let name = marked(&search, None, &row.name);
        view! { <a href=move || access.member_address(id)>{name}</a> }.into_any()
    };
    let email = marked(&search, None, &row.email);
    let role = marked(&search, Some(Field::Role), row.role.label());
    let status = marked(&search, Some(Field::Status), row.status.label());
    let status_title = row.expires_at.map(|at| match row.status {
        MemberStatus::Expired => format!("The link ended {}", at.exact()),
        _ => format!("The link works until {}", at.exact()),
    });
    let last_login = match row.last_login {
        Some(at) => view! { <TimeAgo at now /> }.into_any(),
        None => "Never".into_any(),
    };
    view! {
        <tr
            role="row"
            id=row_id(id.0)
            class:current=move || access.editor.row.read().as_ref().is_some_and(|row| row.id == id)
            class:invitation=is_invitation
            class:selected=move || access.selected.has(id)
        >
            <th
                role="rowheader"
                scope="row"
                class="c-name"
                title=row.name.clone()
                // Not also what the box in it says.
                aria-label=row.display_name().to_owned()
            >
                {access
                    .role
                    .administers()
                    .then(|| view! { <PickRow access id label=row.display_name().to_owned() /> })}
                <bdi>{name}</bdi>
            </th>
            <td role="cell" class="c-email" title=row.email.clone()>
                {email}
            </td>
            <td role="cell" class="c-role">
                {role}
            </td>
            <td role="cell" class="c-teams">
                <TeamsCell row=row.clone() search=search.clone() />
            </td>
            <td role="cell" class="c-keys">
                <KeysCell row=row.clone() search=search.clone() />
            </td>
            <td role="cell" class="c-providers">
                <ProvidersCell access row=row.clone() search now />
            </td>
            <td role="cell" class="c-status">
                <span class=badge_class(row.status) title=status_title>
                    {status}
                </span>
                {row.mail.as_ref().map(mail_state)}
            </td>
            <td role="cell" class="c-last_login">
                <span class="only-cards">"last login "</span>
                {last_login}
            </td>
            <td role="cell" class="c-actions">
                {access.role.may_change(row.role).then(|| view! { <RowMenuButton access row /> })}
            </td>
        </tr>
    }
}
