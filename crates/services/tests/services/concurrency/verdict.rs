//! Whether what came out is one of the permitted results.

use super::Stage;
use super::call::makes;
use crate::common::World;
use domain::cases::concurrency::{
    Allowed, Case, Deed, Final, FinalInvitation, FinalMember, InvitationStatus, Kind, Outcome, Standing,
};
use domain::invite::InvitationView;
use domain::member::MemberRow;
use domain::query::MemberQuery;
use domain::{MemberStatus, Role};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

/// How often each kind of outcome came, by the label of the operation.
pub(super) type Outcomes = BTreeMap<String, BTreeMap<Kind, usize>>;

/// What is not as it should be.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn compare<T: PartialEq + Debug>(&mut self, what: &str, found: T, wanted: T) {
        if found != wanted {
            self.0.push(format!("{what}: {found:?}, not {wanted:?}"));
        }
    }
}

fn identity(email: &str) -> String {
    domain::email::check(email).unwrap().identity
}

fn standing(status: MemberStatus) -> Standing {
    match status {
        MemberStatus::Invited | MemberStatus::Expired => Standing::Invited,
        MemberStatus::Active => Standing::Active,
        MemberStatus::Suspended => Standing::Suspended,
    }
}

fn compare_row(name: &str, row: &MemberRow, wanted: &FinalMember, wrong: &mut Wrong) {
    let set = |names: &[String]| -> BTreeSet<String> { names.iter().cloned().collect() };
    if let Some(role) = wanted.role {
        wrong.compare(&format!("{name}.role"), row.role, role);
    }
    if let Some(status) = wanted.status {
        wrong.compare(&format!("{name}.status"), standing(row.status), status);
    }
    if let Some(providers) = &wanted.providers {
        let found = row.providers.iter().map(|p| p.name.clone()).collect();
        wrong.compare(&format!("{name}.providers"), found, set(providers));
    }
    if let Some(version) = wanted.version {
        wrong.compare(&format!("{name}.version"), row.version, version);
    }
    if let Some(teams) = &wanted.teams {
        let found = row.teams.iter().map(|t| t.name.clone()).collect();
        wrong.compare(&format!("{name}.teams"), found, set(teams));
    }
}

/// The labels of the tokens that an invitation has had.
fn tokens_of<'a>(case: &'a Case, invitation: &str) -> BTreeSet<&'a str> {
    let first = case.state.invitations.get(invitation).map(|i| i.token.as_str());
    let operations = case.script.iter().flat_map(|step| &step.0);
    let resent = operations.filter_map(|operation| match &operation.deed {
        Deed::Resend {
            invitation: which, ..
        } if which == invitation => makes(&operation.deed),
        _ => None,
    });
    first.into_iter().chain(resent).collect()
}

/// Of all tokens that an invitation has had, just one is known: it tells what became of the invitation.
async fn compare_invitation(
    (stage, case): (&Stage, &Case),
    name: &str,
    wanted: &FinalInvitation,
    wrong: &mut Wrong,
) {
    let mut current = Vec::new();
    for label in tokens_of(case, name) {
        let Some(Some(token)) = stage.names.tokens.all().get(label).cloned() else {
            continue;
        };
        let status = match stage.services.invitation(&token, None).await.unwrap() {
            InvitationView::Unknown => continue,
            InvitationView::Open { .. } => InvitationStatus::Pending,
            InvitationView::Used { .. } => InvitationStatus::Accepted,
            InvitationView::Revoked { .. } => InvitationStatus::Revoked,
            InvitationView::Expired { .. } => InvitationStatus::Expired,
        };
        current.push((label, status));
    }
    let [(label, status)] = current[..] else {
        wrong
            .0
            .push(format!("{name} has not one current token: {current:?}"));
        return;
    };
    // That its time is over is not what became of it.
    let status = match (status, wanted.status) {
        (InvitationStatus::Expired, InvitationStatus::Pending) => InvitationStatus::Pending,
        _ => status,
    };
    wrong.compare(&format!("{name}.status"), status, wanted.status);
    if let Some(token) = &wanted.token {
        wrong.compare(&format!("{name}.token"), label, token);
    }
}

/// What is wrong with the final state, compared in the parts that are given.
async fn differences(world: &World, stage: &Stage, case: &Case, wanted: &Final) -> Vec<String> {
    let now = world.clock.now();
    let tx = world.store.read().await.unwrap();
    let organization = store::organizations::by_slug(&tx, &stage.slug)
        .await
        .unwrap()
        .unwrap()
        .id;
    let query = MemberQuery::default();
    let ids = store::members::ordered_ids(&tx, organization, &query, now)
        .await
        .unwrap();
    let rows = store::members::rows(&tx, organization, &ids, now).await.unwrap();
    let (invited, joined): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.status.is_invitation());
    let with = |rows: &[&MemberRow], email: &str| {
        let of = identity(email);
        rows.iter().filter(|row| identity(&row.email) == of).count()
    };
    let mut wrong = Wrong::default();
    for (name, wanted) in &wanted.members {
        let row = rows.iter().find(|row| row.id == stage.names.member(name));
        match (row, wanted) {
            (Some(row), Some(wanted)) => compare_row(name, row, wanted, &mut wrong),
            (found, wanted) => wrong.compare(name, found.is_some(), wanted.is_some()),
        }
    }
    for (name, wanted) in &wanted.providers {
        let id = stage.names.provider(name);
        let found = store::providers::get(&tx, organization, id, now).await.unwrap();
        wrong.compare(name, found.map(|p| p.status), *wanted);
    }
    for (name, wanted) in &wanted.keys {
        let found = match stage.names.key(name) {
            Some(id) => store::keys::get(&tx, organization, id).await.unwrap(),
            None => None,
        };
        let revoked = found.map(|key| key.revoked_at.is_some());
        wrong.compare(
            &format!("{name}.revoked"),
            revoked,
            wanted.as_ref().map(|key| key.revoked),
        );
    }
    for (email, wanted) in &wanted.members_with_email {
        wrong.compare(&format!("members with {email}"), with(&joined, email), *wanted);
    }
    for (email, wanted) in &wanted.pending_for {
        wrong.compare(&format!("pending for {email}"), with(&invited, email), *wanted);
    }
    if let Some(owners) = wanted.owners {
        let active = joined
            .iter()
            .filter(|row| row.role == Role::Owner && row.status == MemberStatus::Active);
        wrong.compare("owners", active.count(), owners);
    }
    if let Some(count) = wanted.member_count {
        wrong.compare("member_count", joined.len(), count);
    }
    drop(tx);
    for (name, wanted) in &wanted.invitations {
        compare_invitation((stage, case), name, wanted, &mut wrong).await;
    }
    wrong.0
}

fn fits(found: &BTreeMap<Kind, usize>, wanted: &Outcome) -> bool {
    let only = |kind: &Kind| found.len() == 1 && found.contains_key(kind);
    match wanted {
        Outcome::Kind(kind) => only(kind),
        Outcome::Any(kinds) => kinds.iter().any(only),
        Outcome::Counts(counts) => found == counts,
    }
}

/// Why a permitted result is not what came out; empty when it is.
pub(super) async fn against(
    world: &World,
    stage: &Stage,
    case: &Case,
    (outcomes, allowed): (&Outcomes, &Allowed),
) -> Vec<String> {
    for (label, wanted) in &allowed.outcomes {
        let Some(found) = outcomes.get(label) else {
            panic!("no operation is called {label:?}");
        };
        if !fits(found, wanted) {
            return vec![format!("outcomes {:?}", allowed.outcomes)];
        }
    }
    differences(world, stage, case, &allowed.state).await
}

/// What is against each of the permitted results, unless one of them came out.
pub(super) async fn judge(
    world: &World,
    stage: &Stage,
    case: &Case,
    outcomes: &Outcomes,
) -> Result<(), String> {
    let mut reasons = Vec::new();
    for allowed in &case.allowed {
        let why = against(world, stage, case, (outcomes, allowed)).await;
        if why.is_empty() {
            return Ok(());
        }
        reasons.extend(why);
    }
    Err(format!(
        "{outcomes:?} is none of what is allowed:\n{}",
        reasons.join("\n")
    ))
}
