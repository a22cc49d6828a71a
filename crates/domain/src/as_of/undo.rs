//! Undoing entries of the audit log.
//!
//! Most entries tell what was before. What they do not tell for people, they keep beside it for this ([`Kept`]). Entries that
//! were written before they did so end the way back: nothing is guessed (docs/decisions/0019).

use crate::access::Grant;
use crate::audit::{AuditAction, AuditTarget};
use crate::provider::ProviderStatus;
use crate::{MemberId, MemberStatus, ProviderId, Role, TeamId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// The actions that decide about who can use what, and so are undone.
pub const UNDONE: &[AuditAction] = &[
    AuditAction::OrganizationCreate,
    AuditAction::InvitationCreate,
    AuditAction::InvitationResend,
    AuditAction::InvitationRevoke,
    AuditAction::InvitationAccept,
    AuditAction::MemberCreate,
    AuditAction::MemberLink,
    AuditAction::MemberUpdate,
    AuditAction::MemberJoin,
    AuditAction::MemberProvidersChange,
    AuditAction::MemberProviderEnd,
    AuditAction::MemberTeamsChange,
    AuditAction::MemberRoleChange,
    AuditAction::MemberSuspend,
    AuditAction::MemberReactivate,
    AuditAction::MemberRemove,
    AuditAction::MemberRestore,
    AuditAction::MemberLeave,
    AuditAction::UserNameChange,
    AuditAction::ProviderCreate,
    AuditAction::ProviderUpdate,
    AuditAction::ProviderActivate,
    AuditAction::ProviderDeactivate,
    AuditAction::ProviderDelete,
    AuditAction::TeamCreate,
    AuditAction::TeamRename,
    AuditAction::TeamDelete,
    AuditAction::TeamPeopleChange,
    AuditAction::TeamProvidersChange,
    AuditAction::TeamProviderEnd,
];

/// A row of AI Access as far as access goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastMember {
    /// Display name; empty for an invitation.
    pub name: String,
    /// E-mail as it was typed.
    pub email: String,
    /// Organization role.
    pub role: Role,
    /// As it is stored: an invitation is `Invited`, whether its time is over or not.
    pub status: MemberStatus,
    /// When an invitation ends.
    pub expires_at: Option<Timestamp>,
    /// Own grants, ended ones included.
    pub grants: Vec<Grant>,
    /// Teams; those that are no more are passed over.
    pub teams: Vec<TeamId>,
}

/// A team as far as access goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastTeam {
    /// Its name.
    pub name: String,
    /// What it carries, ended grants included.
    pub grants: Vec<Grant>,
}

/// A provider as far as access goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastProvider {
    /// Its name.
    pub name: String,
    /// Active or not.
    pub status: ProviderStatus,
}

/// All that decides about who can use which provider in one organization, at one instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The rows of AI Access.
    pub members: HashMap<MemberId, PastMember>,
    /// The teams.
    pub teams: BTreeMap<TeamId, PastTeam>,
    /// The providers.
    pub providers: BTreeMap<ProviderId, PastProvider>,
}

/// What an entry keeps of what was before, beyond what it tells people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// There was no such row.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub absent: bool,
    /// When an invitation ended, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The own grants of a member, or those of a team, ended ones included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    /// Who was in a team and is no longer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<MemberId>,
    /// Who was not in a team and is now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<MemberId>,
    /// Own grants that went with a provider, with those who had them on the same terms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holders: Vec<(Grant, Vec<MemberId>)>,
    /// Grants of teams that went with a provider.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carriers: Vec<(TeamId, Grant)>,
}

/// What an entry tells of what was before, as far as access goes; the rest is passed over.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Before {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    role: Option<Role>,
    /// A member's or a provider's.
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    teams: Option<Vec<Named>>,
    #[serde(default)]
    kept: Option<Kept>,
}

#[derive(Clone, Debug, Deserialize)]
struct Named {
    id: TeamId,
}

/// An entry to be undone.
#[derive(Clone, Debug)]
pub struct PastDeed {
    /// When it was done.
    pub at: Timestamp,
    /// What.
    pub action: AuditAction,
    /// To what.
    pub target: AuditTarget,
    /// What that was called.
    pub label: String,
    /// What was before.
    pub before: Before,
}

/// Why an entry cannot be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// It does not say what was before: it was written by a version that did not keep it.
    Silent(Timestamp),
    /// The organization was made by it.
    Beginning(Timestamp),
}

impl PastMember {
    /// The status at an instant: an invitation expires by itself.
    pub fn status_at(&self, at: Timestamp) -> MemberStatus {
        match self.status {
            MemberStatus::Invited if self.expires_at.is_some_and(|end| end <= at) => MemberStatus::Expired,
            status => status,
        }
    }

    /// Puts back what is told of what was before; the rest stays.
    fn put_back(&mut self, before: &Before) {
        if let Some(name) = &before.name {
            self.name.clone_from(name);
        }
        if let Some(email) = &before.email {
            self.email.clone_from(email);
        }
        if let Some(role) = before.role {
            self.role = role;
        }
        if let Some(status) = before.status.as_deref().and_then(|status| status.parse().ok()) {
            self.status = match status {
                MemberStatus::Expired => MemberStatus::Invited,
                status => status,
            };
            self.expires_at = before.kept.as_ref().and_then(|kept| kept.expires_at);
        }
        if let Some(teams) = &before.teams {
            self.teams = teams.iter().map(|team| team.id).collect();
        }
    }
}

impl Standing {
    /// What was before an entry. On an error, nothing is changed.
    pub fn undo(&mut self, deed: &PastDeed) -> Result<(), Gap> {
        match deed.target {
            AuditTarget::Member(member) => self.undo_member(member, deed),
            AuditTarget::Team(team) => self.undo_team(team, deed),
            AuditTarget::Provider(provider) => self.undo_provider(provider, deed),
            AuditTarget::Organization(_) if deed.action == AuditAction::OrganizationCreate => {
                Err(Gap::Beginning(deed.at))
            }
            _ => Ok(()),
        }
    }

    fn undo_member(&mut self, id: MemberId, deed: &PastDeed) -> Result<(), Gap> {
        let before = &deed.before;
        match deed.action {
            AuditAction::InvitationCreate | AuditAction::MemberCreate | AuditAction::MemberRestore => {
                self.members.remove(&id);
            }
            AuditAction::MemberJoin if deed.kept()?.absent => {
                self.members.remove(&id);
            }
            AuditAction::MemberRemove | AuditAction::MemberLeave | AuditAction::InvitationRevoke => {
                let kept = deed.kept()?;
                let mut member = PastMember {
                    name: String::new(),
                    email: deed.label.clone(),
                    role: Role::Member,
                    status: MemberStatus::Active,
                    expires_at: None,
                    grants: kept.grants.clone(),
                    teams: Vec::new(),
                };
                member.put_back(before);
                self.members.insert(id, member);
            }
            AuditAction::MemberProvidersChange | AuditAction::MemberProviderEnd => {
                let kept = deed.kept()?;
                if let Some(member) = self.members.get_mut(&id) {
                    member.grants.clone_from(&kept.grants);
                }
            }
            AuditAction::InvitationResend => {
                let kept = deed.kept()?;
                if let Some(member) = self.members.get_mut(&id) {
                    member.expires_at = kept.expires_at;
                }
            }
            AuditAction::InvitationAccept | AuditAction::MemberJoin | AuditAction::MemberLink => {
                deed.kept()?;
                self.put_back(id, before);
            }
            AuditAction::MemberUpdate
            | AuditAction::UserNameChange
            | AuditAction::MemberTeamsChange
            | AuditAction::MemberRoleChange
            | AuditAction::MemberSuspend
            | AuditAction::MemberReactivate => self.put_back(id, before),
            _ => {}
        }
        Ok(())
    }

    fn put_back(&mut self, member: MemberId, before: &Before) {
        if let Some(member) = self.members.get_mut(&member) {
            member.put_back(before);
        }
    }

    fn undo_team(&mut self, id: TeamId, deed: &PastDeed) -> Result<(), Gap> {
        match deed.action {
            AuditAction::TeamCreate => {
                self.teams.remove(&id);
            }
            AuditAction::TeamRename => {
                if let (Some(team), Some(name)) = (self.teams.get_mut(&id), &deed.before.name) {
                    team.name.clone_from(name);
                }
            }
            AuditAction::TeamProvidersChange | AuditAction::TeamProviderEnd => {
                let kept = deed.kept()?;
                if let Some(team) = self.teams.get_mut(&id) {
                    team.grants.clone_from(&kept.grants);
                }
            }
            AuditAction::TeamPeopleChange => {
                let kept = deed.kept()?;
                for member in &kept.joined {
                    self.leave(*member, id);
                }
                self.join(&kept.left, id);
            }
            AuditAction::TeamDelete => {
                let kept = deed.kept()?;
                let team = PastTeam {
                    name: deed.label.clone(),
                    grants: kept.grants.clone(),
                };
                self.teams.insert(id, team);
                self.join(&kept.left, id);
            }
            _ => {}
        }
        Ok(())
    }

    fn join(&mut self, members: &[MemberId], team: TeamId) {
        for member in members {
            if let Some(member) = self.members.get_mut(member)
                && !member.teams.contains(&team)
            {
                member.teams.push(team);
            }
        }
    }

    fn leave(&mut self, member: MemberId, team: TeamId) {
        if let Some(member) = self.members.get_mut(&member) {
            member.teams.retain(|had| *had != team);
        }
    }

    fn undo_provider(&mut self, id: ProviderId, deed: &PastDeed) -> Result<(), Gap> {
        let before = &deed.before;
        let status = before.status.as_deref().and_then(|status| status.parse().ok());
        match deed.action {
            AuditAction::ProviderCreate => {
                self.providers.remove(&id);
            }
            AuditAction::ProviderUpdate | AuditAction::ProviderActivate | AuditAction::ProviderDeactivate => {
                if let Some(provider) = self.providers.get_mut(&id) {
                    provider.name = before.name.clone().unwrap_or(std::mem::take(&mut provider.name));
                    provider.status = status.unwrap_or(provider.status);
                }
            }
            AuditAction::ProviderDelete => {
                let kept = deed.kept()?;
                let provider = PastProvider {
                    name: deed.label.clone(),
                    status: status.unwrap_or(ProviderStatus::Active),
                };
                self.providers.insert(id, provider);
                for (grant, members) in &kept.holders {
                    for member in members {
                        if let Some(member) = self.members.get_mut(member) {
                            member.grants.push(grant.clone());
                        }
                    }
                }
                for (team, grant) in &kept.carriers {
                    if let Some(team) = self.teams.get_mut(team) {
                        team.grants.push(grant.clone());
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl PastDeed {
    fn kept(&self) -> Result<&Kept, Gap> {
        self.before.kept.as_ref().ok_or(Gap::Silent(self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const ANA: MemberId = MemberId(1);
    const SALES: TeamId = TeamId(2);
    const LAB: ProviderId = ProviderId(3);
    const AT: Timestamp = Timestamp(1_000);

    fn grant(ends_at: Option<i64>) -> Grant {
        Grant {
            provider: LAB,
            ends_at: ends_at.map(Timestamp),
            models: Default::default(),
        }
    }

    fn standing() -> Standing {
        let ana = PastMember {
            name: "Ana".to_owned(),
            email: "ana@example.com".to_owned(),
            role: Role::Member,
            status: MemberStatus::Active,
            expires_at: None,
            grants: vec![grant(Some(5_000))],
            teams: vec![SALES],
        };
        let team = PastTeam {
            name: "Sales".to_owned(),
            grants: vec![grant(None)],
        };
        let lab = PastProvider {
            name: "Lab".to_owned(),
            status: ProviderStatus::Active,
        };
        Standing {
            members: [(ANA, ana)].into(),
            teams: [(SALES, team)].into(),
            providers: [(LAB, lab)].into(),
        }
    }

    fn deed(action: AuditAction, target: AuditTarget, label: &str, before: Value) -> PastDeed {
        PastDeed {
            at: AT,
            action,
            target,
            label: label.to_owned(),
            before: serde_json::from_value(before).expect("what was before"),
        }
    }

    #[test]
    fn what_went_with_a_provider_comes_back_on_its_terms() {
        let then = standing();
        let mut now = then.clone();
        now.providers.clear();
        now.members.get_mut(&ANA).expect("Ana").grants.clear();
        now.teams.get_mut(&SALES).expect("Sales").grants.clear();
        let kept = Kept {
            holders: vec![(grant(Some(5_000)), vec![ANA])],
            carriers: vec![(SALES, grant(None))],
            ..Kept::default()
        };
        let before = json!({ "name": "Lab", "status": "active", "models": ["x"], "kept": kept });
        let deleted = deed(
            AuditAction::ProviderDelete,
            AuditTarget::Provider(LAB),
            "Lab",
            before,
        );
        assert_eq!(now.undo(&deleted), Ok(()));
        assert_eq!(now, then);
    }

    #[test]
    fn who_was_removed_comes_back_with_what_they_had() {
        let then = standing();
        let mut now = then.clone();
        now.members.clear();
        let before = json!({
            "name": "Ana", "role": "member", "status": "active", "teams": [{ "id": 2, "name": "Sales" }],
            "providers": [{ "id": 3, "name": "Lab" }], "kept": { "grants": [{ "provider": 3, "ends_at": 5_000 }] },
        });
        let removed = deed(
            AuditAction::MemberRemove,
            AuditTarget::Member(ANA),
            "ana@example.com",
            before,
        );
        assert_eq!(now.undo(&removed), Ok(()));
        assert_eq!(now, then);
    }

    #[test]
    fn an_invitation_that_had_expired_expires_again() {
        let mut now = standing();
        let before = json!({ "status": "expired", "name": "", "kept": { "expires_at": 900 } });
        let linked = deed(AuditAction::MemberLink, AuditTarget::Member(ANA), "", before);
        assert_eq!(now.undo(&linked), Ok(()));
        let ana = &now.members[&ANA];
        assert_eq!((ana.name.as_str(), ana.status), ("", MemberStatus::Invited));
        assert_eq!(ana.status_at(Timestamp(899)), MemberStatus::Invited);
        assert_eq!(ana.status_at(Timestamp(900)), MemberStatus::Expired);
    }

    #[test]
    fn nothing_is_guessed() {
        let mut now = standing();
        let then = now.clone();
        let old = json!({ "providers": [] });
        let silent = deed(
            AuditAction::MemberProvidersChange,
            AuditTarget::Member(ANA),
            "",
            old,
        );
        assert_eq!(now.undo(&silent), Err(Gap::Silent(AT)));
        let organization = AuditTarget::Organization(crate::OrganizationId(1));
        let made = deed(AuditAction::OrganizationCreate, organization, "", json!({}));
        assert_eq!(now.undo(&made), Err(Gap::Beginning(AT)));
        assert_eq!(now, then);
    }

    #[test]
    fn every_action_that_decides_about_access_is_known() {
        // An action that is added has to be looked at: does it change who can use what?
        let others = AuditAction::ALL.iter().filter(|action| !UNDONE.contains(action));
        let others: Vec<&str> = others.map(|action| action.as_str()).collect();
        let decides = |action: &&&str| {
            let about = ["member.", "team.", "provider.", "invitation."];
            about.iter().any(|about| action.starts_with(about))
        };
        let left: Vec<&&str> = others.iter().filter(decides).collect();
        assert_eq!(
            left,
            [
                &"member.change.refuse",
                &"member.second_factor.reset",
                &"invitation.link.read",
                &"provider.model.change",
            ]
        );
    }
}
