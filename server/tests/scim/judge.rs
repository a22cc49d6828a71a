//! What the organization is in the end, against what it was at the start and what has changed.

use crate::stage::World;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use domain::cases::scim::{Keys, Member, MemberChange, Source, Start, Team, TeamChange, Then};
use domain::invite::InvitationView;
use domain::query::MemberQuery;
use domain::{MemberId, TeamId};
use serde_json::Value;
use store::scim::Which;
use store::testing::{self, NOW};
use tower::ServiceExt;

impl World<'_> {
    /// How the organization differs from the start with what has changed.
    pub async fn judge(&self, start: &Start, then: &Then) -> Vec<String> {
        let mut members = start.members.clone();
        for (label, change) in &then.members {
            let member = members.get_mut(label).expect("a member of the start");
            changed(member, change);
        }
        let mut teams = start.teams.clone();
        for (label, change) in &then.teams {
            let team = teams.get_mut(label).expect("a team of the start");
            team_changed(team, change);
        }
        for label in &then.removed {
            members.remove(label).expect("a member of the start");
        }
        for label in &then.removed_teams {
            teams.remove(label).expect("a team of the start");
        }
        members.extend(then.new.clone());
        teams.extend(then.new_teams.clone());
        let mut wrong = Vec::new();
        for (label, expected) in &members {
            self.judge_member(label, expected, &mut wrong).await;
        }
        for (label, expected) in &teams {
            self.judge_team(label, expected, &mut wrong).await;
        }
        let tx = self.stage.store.read().await.unwrap();
        let all = MemberQuery::default();
        let count = store::members::count(&tx, self.organization, &all, NOW)
            .await
            .unwrap();
        if usize::try_from(count).unwrap() != members.len() {
            wrong.push(format!("{count} members instead of {}", members.len()));
        }
        let found = store::teams::refs(&tx, self.organization).await.unwrap();
        if found.len() != teams.len() {
            wrong.push(format!("{} teams instead of {}", found.len(), teams.len()));
        }
        for label in &then.removed {
            if let Some(key) = self.keys.get(label)
                && self.asked_with(key).await.0 == 200
            {
                wrong.push(format!("the key of {label} works"));
            }
            for token in self.sessions.get(label).into_iter().flatten() {
                if self.stage.services.session(token).await.unwrap().is_some() {
                    wrong.push(format!("a session of {label} goes on"));
                }
            }
        }
        wrong
    }

    fn number(&self, label: &str) -> i64 {
        let id = self.names.get(label).expect("an id");
        id[1..].parse().unwrap()
    }

    async fn judge_member(&self, label: &str, expected: &Member, wrong: &mut Vec<String>) {
        let id = MemberId(self.number(label));
        let (store, organization) = (&self.stage.store, self.organization);
        let tx = store.read().await.unwrap();
        let Some(row) = store::members::get(&tx, organization, id, NOW).await.unwrap() else {
            wrong.push(format!("{label} is gone"));
            return;
        };
        let seen = store::scim::users(&tx, organization, Which::Id(id.0))
            .await
            .unwrap();
        let account = match row.user {
            Some(user) => store::users::get(&tx, user).await.unwrap().map(|user| user.email),
            None => None,
        };
        let grants = store::grants::of_member(&tx, organization, id, NOW)
            .await
            .unwrap();
        let refs = store::providers::refs(&tx, organization).await.unwrap();
        drop(tx);
        let slug = |provider| {
            refs.iter()
                .find(|of| of.id == provider)
                .map(|of| of.name.to_lowercase())
        };
        let mut sessions = 0;
        for token in self.sessions.get(label).into_iter().flatten() {
            sessions += usize::from(self.stage.services.session(token).await.unwrap().is_some());
        }
        let keys = match self.keys.get(label) {
            None => Keys::None,
            Some(key) => match self.asked_with(key).await {
                (200, _) => Keys::Work,
                (_, code) if code == "member_suspended" => Keys::Refused,
                other => panic!("{label}: {other:?}"),
            },
        };
        let found = Member {
            email: row.email,
            name: row.name,
            role: row.role,
            status: row.status,
            source: match seen.first() {
                Some(user) if !user.linked => Source::Scim,
                _ => Source::Hand,
            },
            managed: !seen.is_empty(),
            account: account.filter(|_| expected.account.is_some()),
            providers: grants.iter().filter_map(|grant| slug(grant.provider)).collect(),
            sessions,
            keys,
            scim: expected.scim.clone(),
        };
        if found != *expected {
            wrong.push(format!("{label} is {found:?} instead of {expected:?}"));
        }
        if let Some(token) = self.invitations.get(label) {
            let view = self.stage.services.invitation(token, None).await.unwrap();
            let opens = matches!(view, InvitationView::Open { .. });
            if opens && !expected.status.is_invitation() {
                wrong.push(format!("the link of {label} opens {view:?}"));
            }
        }
    }

    /// What a request with a key gets: the status and, of a refusal, the code.
    async fn asked_with(&self, key: &str) -> (u16, String) {
        let request = Request::builder()
            .uri("/v1/models")
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .body(Body::empty())
            .unwrap();
        let response = self.stage.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        (
            status,
            body.pointer("/error/code")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
        )
    }

    async fn judge_team(&self, label: &str, expected: &Team, wrong: &mut Vec<String>) {
        let id = TeamId(self.number(label));
        let organization = self.organization;
        let tx = self.stage.store.read().await.unwrap();
        let Some(team) = store::teams::get(&tx, organization, id, NOW).await.unwrap() else {
            wrong.push(format!("the team {label} is gone"));
            return;
        };
        let people = store::teams::people(&tx, organization, id).await.unwrap();
        let by_hand = testing::placed_by_hand(&tx, id).await.unwrap();
        let seen = store::scim::groups(&tx, organization, Which::Id(id.0))
            .await
            .unwrap();
        let ids = |labels: &[String]| {
            let mut ids: Vec<i64> = labels.iter().map(|label| self.number(label)).collect();
            ids.sort_unstable();
            ids
        };
        let mut members: Vec<i64> = people.iter().map(|person| person.member.0).collect();
        members.sort_unstable();
        let by_hand: Vec<i64> = by_hand.iter().map(|member| member.0).collect();
        let source = match seen.is_empty() {
            true => Source::Hand,
            false => Source::Scim,
        };
        if team.name != expected.name
            || source != expected.source
            || members != ids(&expected.members)
            || by_hand != ids(&expected.by_hand)
        {
            wrong.push(format!(
                "the team {label} is {} ({source:?}) with {members:?}, by hand {by_hand:?}, instead of {expected:?}",
                team.name
            ));
        }
    }
}

fn changed(member: &mut Member, change: &MemberChange) {
    let MemberChange {
        email,
        name,
        role,
        status,
        source,
        managed,
        account,
        providers,
        sessions,
        keys,
    } = change.clone();
    member.email = email.unwrap_or(member.email.clone());
    member.name = name.unwrap_or(member.name.clone());
    member.role = role.unwrap_or(member.role);
    member.status = status.unwrap_or(member.status);
    member.source = source.unwrap_or(member.source);
    member.managed = managed.unwrap_or(member.managed);
    member.account = account.or(member.account.clone());
    member.providers = providers.unwrap_or(member.providers.clone());
    member.sessions = sessions.unwrap_or(member.sessions);
    member.keys = keys.unwrap_or(member.keys);
}

fn team_changed(team: &mut Team, change: &TeamChange) {
    let TeamChange {
        name,
        source,
        members,
        by_hand,
    } = change.clone();
    team.name = name.unwrap_or(team.name.clone());
    team.source = source.unwrap_or(team.source);
    team.members = members.unwrap_or(team.members.clone());
    team.by_hand = by_hand.unwrap_or(team.by_hand.clone());
}
