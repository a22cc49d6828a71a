//! Each mutation is told in the audit log, and no secret is told anywhere.

use crate::common::{World, fresh_key, here, on_both, provider_input};
use domain::invite::{AcceptInput, InviteInput, InviteOutcome};
use domain::member::{ProvidersChange, TeamsChange};
use domain::provider::ProviderInput;
use domain::query::MemberQuery;
use domain::team::TeamPeopleChange;
use domain::{OrganizationId, Role};
use services::Format;

/// What was written to the audit log since the last time.
struct Log<'a> {
    world: &'a World,
    organization: OrganizationId,
    seen: usize,
}

impl Log<'_> {
    async fn expect(&mut self, action: &str) {
        let all = self.world.audit(self.organization).await;
        let new: Vec<_> = all[self.seen..].iter().map(|deed| deed.action.as_str()).collect();
        assert_eq!(new, [action]);
        self.seen = all.len();
    }
}

on_both! {
    async fn each_mutation_is_logged_once_and_without_a_secret(world) {
        let organization = world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await;
        let services = &world.services;
        let mut log = Log { world, organization, seen: 0 };
        let mut secrets = vec!["sk-first".to_owned(), "sk-second".to_owned(), "a long password".to_owned()];

        let input = ProviderInput { credential: Some("sk-first".into()), ..provider_input("OpenAI") };
        let provider = services.create_provider(&owner, &input, &fresh_key()).await.unwrap();
        log.expect("provider.create").await;
        let input = ProviderInput { credential: Some("sk-second".into()), ..input };
        services.update_provider(&owner, provider.id, 1, &input).await.unwrap();
        log.expect("provider.update").await;
        services.set_provider_active(&owner, provider.id, false).await.unwrap();
        log.expect("provider.deactivate").await;
        services.set_provider_active(&owner, provider.id, true).await.unwrap();
        log.expect("provider.activate").await;
        let change = ProvidersChange { version: 1, added: vec![provider.id], removed: vec![] };
        services.set_providers(&owner, member.member, &change).await.unwrap();
        log.expect("member.providers.change").await;
        services.remove_provider(&owner, member.member, provider.id).await.unwrap();
        log.expect("member.providers.change").await;
        services.add_provider(&owner, member.member, provider.id).await.unwrap();
        log.expect("member.providers.change").await;
        let team = services.create_team(&owner, "Ops", &fresh_key()).await.unwrap();
        log.expect("team.create").await;
        services.rename_team(&owner, team.id, 1, "Dev").await.unwrap();
        log.expect("team.rename").await;
        let change = TeamPeopleChange { added: vec![member.member], removed: vec![], ..TeamPeopleChange::default() };
        services.change_team_people(&owner, team.id, &change).await.unwrap();
        log.expect("team.people.change").await;
        let version = services.member(&owner, member.member).await.unwrap().version;
        let change = TeamsChange { version, added: vec![], removed: vec![team.id] };
        services.set_teams(&owner, member.member, &change).await.unwrap();
        log.expect("member.teams.change").await;
        services.set_role(&owner, member.member, None, Role::Auditor).await.unwrap();
        log.expect("member.role.change").await;
        services.set_suspended(&owner, member.member, None, true).await.unwrap();
        log.expect("member.suspend").await;
        services.set_suspended(&owner, member.member, None, false).await.unwrap();
        log.expect("member.reactivate").await;

        let invite = InviteInput { emails: "dana@example.com".into(), role: Role::Member, teams: vec![team.id], idempotency_key: fresh_key() };
        let result = services.invite(&owner, &invite).await.unwrap();
        log.expect("invitation.create").await;
        let InviteOutcome::Invited { member: row, link, .. } = &result.lines[0].outcome else { panic!() };
        secrets.push(link.rsplit('/').next().unwrap().to_owned());
        let link = services.resend(&owner, *row).await.unwrap();
        log.expect("invitation.resend").await;
        let token = link.rsplit('/').next().unwrap().to_owned();
        assert_eq!(services.invitation_link(&owner, *row).await.unwrap(), link);
        log.expect("invitation.link.read").await;
        secrets.push(token.clone());
        let form = AcceptInput { name: "Dana".into(), password: "a long password".into() };
        let accepted = services.accept(&token, &form, None, here()).await.unwrap();
        log.expect("invitation.accept").await;
        let session = accepted.session.unwrap();
        secrets.push(session.expose().to_owned());
        let form = InviteInput { emails: "eli@example.com".into(), idempotency_key: fresh_key(), ..invite };
        let result = services.invite(&owner, &form).await.unwrap();
        log.expect("invitation.create").await;
        let InviteOutcome::Invited { member: row, .. } = result.lines[0].outcome else { panic!() };
        services.revoke(&owner, row).await.unwrap();
        log.expect("invitation.revoke").await;
        services.remove(&owner, member.member).await.unwrap();
        log.expect("member.remove").await;
        let dana = services.session(session.expose()).await.unwrap().unwrap().user;
        let dana = services.actor(dana, "ours").await.unwrap();

        let xlsx = services.export(&owner, &MemberQuery::default(), Format::Xlsx).await.unwrap();
        log.expect("export.create").await;
        let json = services.export(&owner, &MemberQuery::default(), Format::Json).await.unwrap();
        log.expect("export.create").await;
        services.leave(&dana).await.unwrap();
        log.expect("member.leave").await;
        services.delete_team(&owner, team.id).await.unwrap();
        log.expect("team.delete").await;
        services.delete_provider(&owner, provider.id).await.unwrap();
        log.expect("provider.delete").await;

        let audit = world.audit(organization).await;
        assert!(audit.iter().all(|deed| deed.actor.is_some() && !deed.actor_email.is_empty()));
        let mut places = vec![
            ("the audit log", format!("{audit:?}").into_bytes()),
            ("a debug form", format!("{session:?} {accepted_slug:?}", accepted_slug = accepted.slug).into_bytes()),
            ("the spreadsheet", std::fs::read(xlsx.file.path()).unwrap()),
            ("the JSON file", std::fs::read(json.file.path()).unwrap()),
        ];
        if let store::Database::Embedded(path) = &world.config.database {
            // What lies on disk, the write-ahead log included.
            for ending in ["", "-wal"] {
                let file = format!("{}{ending}", path.display());
                places.push(("the database", std::fs::read(file).unwrap_or_default()));
            }
        }
        for secret in &secrets {
            for (place, bytes) in &places {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "{secret} is in {place}");
            }
        }
    }
}
