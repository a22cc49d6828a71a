//! What a team carries: who can use it from the next request on, by which source, and who no longer.

use crate::common::{World, fresh_key, here, invited, key_input, on_both};
use domain::access::{Denial, ModelList};
use domain::audit::AuditAction;
use domain::invite::AcceptInput;
use domain::member::{AllowedBy, ProvidersChange, TeamsChange};
use domain::team::{TeamPeopleChange, TeamView};
use domain::{MemberId, MemberStatus, ProviderId, Role, VersionedOutcome};
use services::snapshot::{ApiKey, Refused};
use services::{Actor, Error};

impl World {
    async fn team(&self, owner: &Actor, name: &str) -> TeamView {
        self.services
            .create_team(owner, name, &fresh_key())
            .await
            .unwrap()
    }

    /// The team as it is then.
    async fn carry(
        &self,
        owner: &Actor,
        team: &TeamView,
        added: &[ProviderId],
        removed: &[ProviderId],
    ) -> TeamView {
        let change = ProvidersChange {
            version: team.version,
            added: added.to_vec(),
            removed: removed.to_vec(),
        };
        match self
            .services
            .set_team_providers(owner, team.id, &change)
            .await
            .unwrap()
        {
            VersionedOutcome::Saved(team) => team,
            VersionedOutcome::Conflict(now) => panic!("a conflict with {now:?}"),
        }
    }

    async fn put_into(&self, owner: &Actor, team: &TeamView, added: &[MemberId], removed: &[MemberId]) {
        let change = TeamPeopleChange {
            added: added.to_vec(),
            removed: removed.to_vec(),
            ..TeamPeopleChange::default()
        };
        self.services
            .change_team_people(owner, team.id, &change)
            .await
            .unwrap();
    }

    async fn names(&self, owner: &Actor, member: MemberId) -> Vec<String> {
        let row = self.services.member(owner, member).await.unwrap();
        row.providers.into_iter().map(|provider| provider.name).collect()
    }
}

on_both! {
    async fn what_a_team_carries_is_allowed_and_refused_from_the_next_request(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let lab = world.provider(&owner, "Lab").await;
        world.list_models(&owner, &lab, &["m"]).await;
        let sales = world.team(&owner, "Sales").await;
        let made = world.services.create_key(&ana, ana.member, &key_input("ci"), &fresh_key()).await.unwrap();
        let ask = || {
            let key = ApiKey::new(&made.secret);
            world.services.snapshot().choose(key, "lab/m", world.services.now()).map(|_| ())
        };
        let refused = Err(Refused::Denied(Denial::ProviderNotAllowed));
        let mut team = world.carry(&owner, &sales, &[lab.id], &[]).await;
        assert_eq!(ask(), refused, "before joining");
        world.put_into(&owner, &team, &[ana.member], &[]).await;
        assert_eq!(ask(), Ok(()), "after joining");
        // One source more, one source less.
        world.services.add_provider(&owner, ana.member, lab.id).await.unwrap();
        team = world.carry(&owner, &team, &[], &[lab.id]).await;
        assert_eq!(ask(), Ok(()), "the own grant is left");
        world.services.remove_provider(&owner, ana.member, lab.id).await.unwrap();
        assert_eq!(ask(), refused, "after the last source");
        world.carry(&owner, &team, &[lab.id], &[]).await;
        assert_eq!(ask(), Ok(()), "carried again");
        world.put_into(&owner, &team, &[], &[ana.member]).await;
        assert_eq!(ask(), refused, "after leaving");
        world.put_into(&owner, &team, &[ana.member], &[]).await;
        assert_eq!(ask(), Ok(()), "back in");
        world.services.delete_team(&owner, team.id).await.unwrap();
        assert_eq!(ask(), refused, "after the team is gone");
    }

    async fn a_row_tells_by_which_sources_a_provider_is_allowed(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await.member;
        let (lab, far) = (world.provider(&owner, "Lab").await.id, world.provider(&owner, "Far").await.id);
        let sales = world.team(&owner, "Sales").await;
        let sales = world.carry(&owner, &sales, &[lab, far], &[]).await;
        world.put_into(&owner, &sales, &[ana], &[]).await;
        world.services.add_provider(&owner, ana, lab).await.unwrap();
        let row = world.services.member(&owner, ana).await.unwrap();
        let by = |provider, team| AllowedBy { provider, team, ends_at: None, reason: String::new(), models: ModelList::default() };
        let of = |provider| row.sources(provider).cloned().collect::<Vec<_>>();
        assert_eq!(of(lab), [by(lab, None), by(lab, Some(sales.id))]);
        assert_eq!(of(far), [by(far, Some(sales.id))]);
        assert_eq!(row.own_providers().len(), 1);
        assert_eq!(row.carriers(far), ["Sales"]);
        // Each of them counts once, whatever the number of sources.
        let listed = world.services.providers(&owner).await.unwrap();
        assert!(listed.iter().all(|provider| provider.members == 1), "{listed:?}");
        let details = world.services.member_details(&owner, ana).await.unwrap();
        let told = details.providers.iter().find(|one| one.access.provider.id == lab).unwrap();
        let teams: Vec<_> = told.granted.iter().map(|g| g.team.as_ref().map(|team| team.name.as_str())).collect();
        assert_eq!(teams, [None, Some("Sales")]);
        assert_eq!(told.access.denial, None);
        // What is taken from the member is their own grant, what is given is one beside the team's.
        let change = ProvidersChange { version: row.version, added: vec![far], removed: vec![lab] };
        world.services.set_providers(&owner, ana, &change).await.unwrap();
        let row = world.services.member(&owner, ana).await.unwrap();
        assert_eq!((row.owns(lab), row.owns(far), row.providers.len()), (false, true, 2));
    }

    async fn a_change_of_a_team_says_who_gains_and_who_loses(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let (lab, far) = (world.provider(&owner, "Lab").await.id, world.provider(&owner, "Far").await.id);
        let (sales, support) = (world.team(&owner, "Sales").await, world.team(&owner, "Support").await);
        let mut people = Vec::new();
        for name in ["ana", "bo", "cy"] {
            people.push(world.join("ours", &format!("{name}@example.com"), Role::Member).await.member);
        }
        world.put_into(&owner, &sales, &people, &[]).await;
        world.put_into(&owner, &support, &people[..1], &[]).await;
        // Ana has the lab by the other team, Bo by a grant of their own and by nothing else.
        world.carry(&owner, &support, &[lab], &[]).await;
        world.services.add_provider(&owner, people[1], lab).await.unwrap();
        // An invitation is in the team and gains nothing before it is accepted.
        let ivy = invited(world, &owner, "ivy@example.com", Role::Member).await.0;
        world.put_into(&owner, &sales, &[ivy], &[]).await;
        let told = world.services.team_providers(&owner, sales.id).await.unwrap();
        assert_eq!((told.joined, told.team.members), (3, 4));
        let of = |id| told.providers.iter().find(|of_team| of_team.provider.id == id).unwrap();
        assert_eq!((of(lab).carried, of(lab).only_here), (false, 1));
        assert_eq!((of(far).carried, of(far).only_here), (false, 3));
        world.carry(&owner, &sales, &[lab, far], &[]).await;
        let told = world.services.team_providers(&owner, sales.id).await.unwrap();
        assert!(told.providers.iter().all(|of_team| of_team.carried));
        let only_here: Vec<_> = told.providers.iter().map(|of_team| of_team.only_here).collect();
        assert_eq!(only_here, [3, 1], "who would lose it is who gained it");
    }

    async fn an_invitation_gets_what_its_teams_carry_on_joining(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let lab = world.provider(&owner, "Lab").await.id;
        let sales = world.team(&owner, "Sales").await;
        world.carry(&owner, &sales, &[lab], &[]).await;
        let (ivy, link) = invited(world, &owner, "ivy@example.com", Role::Member).await;
        world.put_into(&owner, &sales, &[ivy], &[]).await;
        let query = |search: &str| domain::query::MemberQuery { search: search.to_owned(), ..Default::default() };
        assert!(world.names(&owner, ivy).await.is_empty());
        assert_eq!(world.services.members(&owner, &query("provider:lab")).await.unwrap().matched, 0);
        assert_eq!(world.services.members(&owner, &query("ivy provider:none")).await.unwrap().matched, 1);
        let input = AcceptInput { name: "Ivy".to_owned(), password: "a long enough passphrase".to_owned() };
        world.services.accept(&link, &input, None, here()).await.unwrap();
        assert_eq!(world.names(&owner, ivy).await, ["Lab"]);
        let page = world.services.members(&owner, &query("provider:lab")).await.unwrap();
        assert_eq!((page.matched, page.rows[0].status), (1, MemberStatus::Active));
        assert!(!page.rows[0].lacks_provider());
        assert_eq!(page.counts.without_providers, 1, "only the owner");
    }

    async fn teams_carry_only_what_could_be_given(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let off = world.provider(&owner, "Off").await.id;
        let sales = world.team(&owner, "Sales").await;
        let change = |version, added: &[ProviderId], removed: &[ProviderId]| ProvidersChange {
            version,
            added: added.to_vec(),
            removed: removed.to_vec(),
        };
        let stale = world.carry(&owner, &sales, &[off], &[]).await;
        let outcome = world.services.set_team_providers(&owner, sales.id, &change(sales.version, &[], &[off])).await;
        assert_eq!(outcome.unwrap(), VersionedOutcome::Conflict(stale.clone()));
        // Whoever has an inactive one keeps it, and it can be taken away.
        world.services.set_provider_active(&owner, off, false).await.unwrap();
        let same = world.carry(&owner, &stale, &[off], &[]).await;
        assert_eq!(same, TeamView { providers: same.providers.clone(), ..stale.clone() }, "nothing to do");
        let without = world.carry(&owner, &same, &[], &[off]).await;
        assert!(without.providers.is_empty());
        let before = world.picture(owner.organization).await;
        let refused = world.services.set_team_providers(&owner, sales.id, &change(without.version, &[off], &[])).await;
        assert!(matches!(refused, Err(Error::Problem(problem)) if problem.message.contains("Off is inactive")));
        assert_eq!(world.picture(owner.organization).await, before);
        let deeds = world.audit(owner.organization).await;
        let changes = deeds.iter().filter(|deed| deed.action == AuditAction::TeamProvidersChange);
        assert_eq!(changes.count(), 2);
    }

    async fn members_are_put_into_teams_by_their_row_too(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await.member;
        let lab = world.provider(&owner, "Lab").await.id;
        let sales = world.team(&owner, "Sales").await;
        world.carry(&owner, &sales, &[lab], &[]).await;
        let set = async |added, removed| {
            let version = world.services.member(&owner, ana).await.unwrap().version;
            let change = TeamsChange { version, added, removed };
            world.services.set_teams(&owner, ana, &change).await.unwrap();
            world.names(&owner, ana).await
        };
        assert_eq!(set(vec![sales.id], vec![]).await, ["Lab"]);
        assert!(set(vec![], vec![sales.id]).await.is_empty());
    }
}
