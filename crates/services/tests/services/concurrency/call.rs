//! One operation of a scenario, as somebody sends it.

use super::{MODEL, Names, key_input, strings};
use crate::common::{code_text, fresh_key, here};
use domain::invite::{AcceptInput, InviteInput, InviteOutcome};
use domain::member::KeysForOthers;
use domain::member::ProvidersChange;
use domain::organization::SetupInput;
use domain::query::MemberQuery;
use domain::team::TeamPeopleChange;
use domain::{MemberId, ProviderId, VersionedOutcome};
use serde_json::Value;
use services::snapshot::{ApiKey, Refused};
use services::{Actor, Error, Format, Services};
use std::sync::Arc;

/// One operation as somebody sends it.
pub(super) struct Call {
    pub(super) services: Services,
    pub(super) names: Arc<Names>,
    pub(super) actor: Option<Actor>,
    pub(super) user: Option<domain::UserId>,
    pub(super) has: Vec<ProviderId>,
    pub(super) op: Value,
}

fn decided<T>(decision: Result<T, Refused>) -> String {
    match decision {
        Ok(_) => "allow".to_owned(),
        Err(Refused::Denied(denial)) => denial.as_str().to_owned(),
        Err(Refused::Unknown) => "unknown".to_owned(),
    }
}

/// A token that a resend made or a key, under the scenario's name for it.
pub(super) type Made = Option<(String, String)>;

impl Call {
    pub(super) async fn run(self) -> (String, Made) {
        match self.send().await {
            Ok((outcome, made)) => (outcome, made),
            Err(Error::Problem(problem)) => (code_text(problem.code), None),
            Err(other) => panic!("{}: {other:?}", self.op),
        }
    }

    fn text(&self, field: &str) -> &str {
        self.op[field]
            .as_str()
            .unwrap_or_else(|| panic!("{field} in {}", self.op))
    }

    fn member(&self) -> MemberId {
        self.names.members[self.text("member")]
    }

    fn by(&self) -> &Actor {
        self.actor
            .as_ref()
            .unwrap_or_else(|| panic!("nobody for {}", self.op))
    }

    async fn send(&self) -> Result<(String, Made), Error> {
        let (services, names) = (&self.services, &self.names);
        let edited = |outcome: VersionedOutcome<_>| match outcome {
            VersionedOutcome::Saved(_) => "ok".to_owned(),
            VersionedOutcome::Conflict(_) => "conflict".to_owned(),
        };
        let outcome = match self.text("op") {
            "set_providers" => {
                let wanted: Vec<_> = strings(&self.op["providers"])
                    .iter()
                    .map(|p| names.providers[*p])
                    .collect();
                let change = ProvidersChange {
                    version: self.op["version"].as_i64().unwrap(),
                    added: wanted.iter().filter(|p| !self.has.contains(p)).copied().collect(),
                    removed: self.has.iter().filter(|p| !wanted.contains(p)).copied().collect(),
                };
                edited(services.set_providers(self.by(), self.member(), &change).await?)
            }
            "add_provider" => {
                services
                    .add_provider(self.by(), self.member(), names.providers[self.text("provider")])
                    .await?;
                "ok".to_owned()
            }
            "remove_provider" => {
                services
                    .remove_provider(self.by(), self.member(), names.providers[self.text("provider")])
                    .await?;
                "ok".to_owned()
            }
            "add_to_team" => {
                let change = TeamPeopleChange {
                    added: vec![self.member()],
                    removed: Vec::new(),
                };
                services
                    .change_team_people(self.by(), names.teams[self.text("team")], &change)
                    .await?;
                "ok".to_owned()
            }
            "set_role" => {
                let role = self.text("role").parse().unwrap();
                edited(services.set_role(self.by(), self.member(), None, role).await?)
            }
            "suspend" => edited(
                services
                    .set_suspended(self.by(), self.member(), None, true)
                    .await?,
            ),
            "reactivate" => edited(
                services
                    .set_suspended(self.by(), self.member(), None, false)
                    .await?,
            ),
            "remove" => {
                services.remove(self.by(), self.member()).await?;
                "ok".to_owned()
            }
            "remove_many" => {
                let members: Vec<_> = strings(&self.op["members"])
                    .iter()
                    .map(|m| names.members[*m])
                    .collect();
                services
                    .remove_many(self.by(), &members, KeysForOthers::Keep)
                    .await?;
                "ok".to_owned()
            }
            "leave" => {
                services.leave(self.by()).await?;
                "ok".to_owned()
            }
            "delete_provider" => {
                services
                    .delete_provider(self.by(), names.providers[self.text("provider")])
                    .await?;
                "ok".to_owned()
            }
            "deactivate_provider" => {
                services
                    .set_provider_active(self.by(), names.providers[self.text("provider")], false)
                    .await?;
                "ok".to_owned()
            }
            "invite" => {
                let input = InviteInput {
                    emails: self.text("email").to_owned(),
                    role: self.text("role").parse().unwrap(),
                    teams: Vec::new(),
                    idempotency_key: self.op["idempotency_key"]
                        .as_str()
                        .map_or_else(fresh_key, str::to_owned),
                };
                let result = services.invite(self.by(), &input).await?;
                match &result.lines[0].outcome {
                    InviteOutcome::Invited { .. } => "ok",
                    InviteOutcome::AlreadyInvited { .. } => "already_invited",
                    InviteOutcome::AlreadyMember { .. } => "already_member",
                    other => panic!("{other:?}"),
                }
                .to_owned()
            }
            "accept" => {
                let token = &names.tokens[self.text("token")];
                services
                    .accept(token, &AcceptInput::default(), self.user, here())
                    .await?;
                "ok".to_owned()
            }
            "revoke_invitation" => {
                services
                    .revoke(self.by(), names.invitations[self.text("invitation")])
                    .await?;
                "ok".to_owned()
            }
            "resend" => {
                let link = services
                    .resend(self.by(), names.invitations[self.text("invitation")])
                    .await?;
                let token = link.rsplit('/').next().unwrap().to_owned();
                return Ok(("ok".to_owned(), Some((self.text("new_token").to_owned(), token))));
            }
            "create_key" => {
                let name = self.text("key");
                let input = key_input(name, names, &self.op["scope"]);
                let owner = names.members[self.text("owner")];
                let made = services
                    .create_key(self.by(), owner, &input, &fresh_key())
                    .await?;
                return Ok(("ok".to_owned(), Some((name.to_owned(), made.secret))));
            }
            "revoke_key" => {
                services
                    .revoke_key(self.by(), names.keys[self.text("key")])
                    .await?;
                "ok".to_owned()
            }
            "request" => {
                // A key that was never made is one that nobody knows.
                let key = names
                    .tokens
                    .get(self.text("by"))
                    .map_or("gk_unknown", String::as_str);
                let model = format!("{}/{MODEL}", self.text("provider"));
                let now = services.now();
                decided(services.snapshot().choose(ApiKey::new(key), &model, now))
            }
            "chat_send" => {
                let (actor, provider) = (self.by(), names.providers[self.text("provider")]);
                let now = services.now();
                decided(services.snapshot().choose_signed_in(
                    actor.organization,
                    actor.member,
                    provider,
                    MODEL,
                    now,
                ))
            }
            "set_up" => {
                let input = SetupInput {
                    code: names.setup_code.clone().unwrap(),
                    organization: "First".to_owned(),
                    name: "First Owner".to_owned(),
                    email: self.text("by").to_owned(),
                    password: "a long password".to_owned(),
                };
                services.set_up(&input).await?;
                "ok".to_owned()
            }
            "export" => {
                let file = services
                    .export(self.by(), &MemberQuery::default(), Format::Json)
                    .await?;
                let json: Value =
                    serde_json::from_reader(std::fs::File::open(file.file.path()).unwrap()).unwrap();
                let rows = json["members"].as_array().unwrap().len();
                assert_eq!(
                    (json["count"].as_u64().unwrap(), file.rows),
                    (rows as u64, rows as u64)
                );
                format!("rows:{rows}")
            }
            other => panic!("unknown operation {other}"),
        };
        Ok((outcome, None))
    }
}
