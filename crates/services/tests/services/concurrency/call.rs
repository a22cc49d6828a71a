//! One operation of a scenario, as somebody sends it.

use super::names::Names;
use super::{MODEL, key_input};
use crate::common::{code_text, fresh_key, here};
use domain::cases::concurrency::{Deed, Operation};
use domain::invite::{AcceptInput, InviteInput, InviteOutcome};
use domain::member::{KeysForOthers, ProvidersChange};
use domain::organization::SetupInput;
use domain::query::MemberQuery;
use domain::team::TeamPeopleChange;
use domain::{MemberId, ProviderId, Role, VersionedOutcome};
use serde_json::Value;
use services::snapshot::{ApiKey, Refused};
use services::{Actor, Error, Format, Services};
use std::sync::Arc;

/// One operation as somebody sends it.
pub(super) struct Call {
    pub(super) services: Services,
    pub(super) names: Arc<Names>,
    /// Whoever sends it, or why they may not even come in.
    pub(super) actor: Result<Actor, String>,
    pub(super) user: Option<domain::UserId>,
    pub(super) has: Vec<ProviderId>,
    /// Whether it waits for what another operation of its step makes and it uses.
    pub(super) waits: bool,
    pub(super) operation: Operation,
}

fn decided<T>(decision: Result<T, Refused>) -> String {
    match decision {
        Ok(_) => "allow".to_owned(),
        Err(Refused::Denied(denial)) => denial.as_str().to_owned(),
        Err(Refused::Unknown) => "unknown".to_owned(),
    }
}

/// A secret that comes of an operation, by the label that others of its script use.
pub(super) fn makes(deed: &Deed) -> Option<&str> {
    match deed {
        Deed::Resend { new_token, .. } => Some(new_token),
        Deed::CreateKey { key, .. } => Some(key),
        _ => None,
    }
}

/// Why an operation came to nothing: a kind of outcome, or a failure.
enum Stop {
    Kind(String),
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

fn edited<T>(outcome: VersionedOutcome<T>) -> String {
    match outcome {
        VersionedOutcome::Saved(_) => "ok".to_owned(),
        VersionedOutcome::Conflict(_) => "conflict".to_owned(),
    }
}

fn token_of(link: &str) -> String {
    link.rsplit('/').next().unwrap().to_owned()
}

impl Call {
    /// The kind of outcome.
    pub(super) async fn run(self) -> String {
        if self.waits
            && let Some(used) = self.uses()
        {
            self.names.tokens.made(used).await;
        }
        let outcome = match self.send().await {
            Ok(outcome) => outcome,
            Err(Stop::Kind(kind)) => kind,
            Err(Stop::Failed(Error::Problem(problem))) => code_text(problem.code),
            Err(Stop::Failed(other)) => panic!("{:?}: {other:?}", self.operation),
        };
        if let Some(label) = makes(&self.operation.deed) {
            self.names.tokens.never_came(label);
        }
        outcome
    }

    /// The label of the token or key that it is sent with.
    pub(super) fn uses(&self) -> Option<&str> {
        match &self.operation.deed {
            Deed::Accept { token } => Some(token),
            Deed::Request { .. } => Some(&self.operation.by),
            _ => None,
        }
    }

    fn member(&self, label: &str) -> MemberId {
        self.names.member(label)
    }

    fn by(&self) -> Result<&Actor, Stop> {
        self.actor.as_ref().map_err(|why| Stop::Kind(why.clone()))
    }

    async fn send(&self) -> Result<String, Stop> {
        let (services, names) = (&self.services, &self.names);
        match &self.operation.deed {
            Deed::SetProviders {
                member,
                version,
                providers,
            } => {
                let wanted: Vec<_> = providers.iter().map(|p| names.provider(p)).collect();
                let change = ProvidersChange {
                    version: *version,
                    added: wanted.iter().filter(|p| !self.has.contains(p)).copied().collect(),
                    removed: self.has.iter().filter(|p| !wanted.contains(p)).copied().collect(),
                };
                let done = services.set_providers(self.by()?, self.member(member), &change);
                return Ok(edited(done.await?));
            }
            Deed::AddProvider { member, provider } => {
                services
                    .add_provider(self.by()?, self.member(member), names.provider(provider))
                    .await?;
            }
            Deed::RemoveProvider { member, provider } => {
                services
                    .remove_provider(self.by()?, self.member(member), names.provider(provider))
                    .await?;
            }
            Deed::AddToTeam { member, team } => {
                let change = TeamPeopleChange {
                    added: vec![self.member(member)],
                    removed: Vec::new(),
                    ..TeamPeopleChange::default()
                };
                services
                    .change_team_people(self.by()?, names.teams[team], &change)
                    .await?;
            }
            Deed::SetRole { member, role } => {
                let done = services.set_role(self.by()?, self.member(member), None, *role);
                return Ok(edited(done.await?));
            }
            Deed::Suspend { member } => {
                let done = services.set_suspended(self.by()?, self.member(member), None, true);
                return Ok(edited(done.await?));
            }
            Deed::Reactivate { member } => {
                let done = services.set_suspended(self.by()?, self.member(member), None, false);
                return Ok(edited(done.await?));
            }
            Deed::Remove { member } => services.remove(self.by()?, self.member(member)).await?,
            Deed::RemoveMany { members } => {
                let members: Vec<_> = members.iter().map(|m| self.member(m)).collect();
                services
                    .remove_many(self.by()?, &members, KeysForOthers::Keep)
                    .await?;
            }
            Deed::Leave { member } => {
                assert_eq!(*member, self.operation.by, "one leaves by oneself");
                services.leave(self.by()?).await?;
            }
            Deed::DeleteProvider { provider } => {
                services
                    .delete_provider(self.by()?, names.provider(provider))
                    .await?;
            }
            Deed::DeactivateProvider { provider } => {
                services
                    .set_provider_active(self.by()?, names.provider(provider), false)
                    .await?;
            }
            Deed::Invite {
                email,
                role,
                idempotency_key,
            } => return self.invite(email, *role, idempotency_key.as_deref()).await,
            Deed::Accept { token } => {
                services
                    .accept(
                        &names.tokens.get(token),
                        &AcceptInput::default(),
                        self.user,
                        here(),
                    )
                    .await?;
            }
            Deed::RevokeInvitation { invitation } => {
                services.revoke(self.by()?, names.invitation(invitation)).await?;
            }
            Deed::Resend {
                invitation,
                new_token,
            } => {
                let link = services.resend(self.by()?, names.invitation(invitation)).await?;
                names.tokens.add(new_token, token_of(&link));
            }
            Deed::CreateKey {
                key,
                owner,
                scope,
                idempotency_key,
            } => {
                let input = key_input(key, names, scope.as_deref());
                let once = idempotency_key.clone().unwrap_or_else(fresh_key);
                let made = services
                    .create_key(self.by()?, self.member(owner), &input, &once)
                    .await?;
                names.keys.lock().unwrap().insert(key.clone(), made.key.id);
                names.tokens.add(key, made.secret);
            }
            Deed::RevokeKey { key } => {
                let Some(key) = names.key(key) else {
                    return Ok("not_found".to_owned());
                };
                services.revoke_key(self.by()?, key).await?;
            }
            Deed::Request { provider } => {
                let key = names.tokens.get(&self.operation.by);
                let model = format!("{provider}/{MODEL}");
                let now = services.now();
                return Ok(decided(services.snapshot().choose(
                    ApiKey::new(&key),
                    &model,
                    now,
                )));
            }
            Deed::ChatSend { provider } => {
                let actor = self.by()?;
                return Ok(decided(services.snapshot().choose_signed_in(
                    actor.organization,
                    actor.member,
                    names.provider(provider),
                    MODEL,
                    services.now(),
                )));
            }
            Deed::SetUp {} => {
                let input = SetupInput {
                    code: names.setup_code.clone().unwrap(),
                    organization: "First".to_owned(),
                    name: "First Owner".to_owned(),
                    email: self.operation.by.clone(),
                    password: "a long password".to_owned(),
                };
                services.set_up(&input, "").await?;
            }
            Deed::Export {} => return self.export().await,
        }
        Ok("ok".to_owned())
    }

    async fn invite(&self, email: &str, role: Role, once: Option<&str>) -> Result<String, Stop> {
        let input = InviteInput {
            emails: email.to_owned(),
            role,
            teams: Vec::new(),
            idempotency_key: once.map_or_else(fresh_key, str::to_owned),
        };
        let result = self.services.invite(self.by()?, &input).await?;
        let kind = match &result.lines[0].outcome {
            InviteOutcome::Invited { .. } => "ok",
            InviteOutcome::AlreadyInvited { .. } => "already_invited",
            InviteOutcome::AlreadyMember { .. } => "already_member",
            other => panic!("{other:?}"),
        };
        Ok(kind.to_owned())
    }

    async fn export(&self) -> Result<String, Stop> {
        let file = self
            .services
            .export(self.by()?, &MemberQuery::default(), Format::Json)
            .await?;
        let json: Value = serde_json::from_reader(std::fs::File::open(file.file.path()).unwrap()).unwrap();
        let rows = json["members"].as_array().unwrap().len();
        assert_eq!(
            (json["count"].as_u64().unwrap(), file.rows),
            (rows as u64, rows as u64)
        );
        Ok(format!("rows:{rows}"))
    }
}
