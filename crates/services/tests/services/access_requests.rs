//! Asking for access: who may, who decides, and what becomes of it.

use crate::common::{World, code, fresh_key, invited, on_both};
use domain::audit::AuditAction;
use domain::limits::{OPEN_REQUESTS, QUEUE_ROWS};
use domain::member::ProvidersChange;
use domain::requests::{AccessRequest, AccessRequestInput, AccessRequestState, Verdict};
use domain::team::TeamPeopleChange;
use domain::{
    AccessRequestId, MemberId, Problem, ProblemCode, ProviderId, Role, TeamId, TeamRole, Timestamp,
    VersionedOutcome,
};
use services::{Actor, Error};
use store::testing::NOW;

const APPROVE: Verdict = Verdict::Approve { until: None };

fn decline() -> Verdict {
    Verdict::Decline {
        note: "Use Azure.".to_owned(),
    }
}

impl World {
    async fn ask(&self, actor: &Actor, provider: ProviderId) -> Result<AccessRequest, Error> {
        let input = AccessRequestInput {
            provider,
            reason: "For the report.".to_owned(),
            until: None,
        };
        self.services.ask_for_access(actor, &input).await
    }

    async fn decide(
        &self,
        actor: &Actor,
        request: AccessRequestId,
        verdict: &Verdict,
    ) -> Result<AccessRequest, Error> {
        match self
            .services
            .decide_access_request(actor, request, verdict)
            .await?
        {
            VersionedOutcome::Saved(request) => Ok(request),
            VersionedOutcome::Conflict(now) => {
                Err(Problem::new(ProblemCode::Conflict, now.state.as_str()).into())
            }
        }
    }

    /// Who has the provider as their own, and until when.
    async fn own_end(
        &self,
        owner: &Actor,
        member: MemberId,
        provider: ProviderId,
    ) -> Option<Option<Timestamp>> {
        let row = self.services.member(owner, member).await.unwrap();
        let own = row.sources(provider).find(|by| by.team.is_none());
        own.map(|by| by.ends_at)
    }

    /// The open requests that somebody sees, each with whether they may decide it.
    async fn seen(&self, actor: &Actor) -> Option<Vec<(AccessRequestId, bool)>> {
        let found = self.services.access_requests(actor, 1).await.unwrap();
        let queue = found.queue?;
        Some(
            queue
                .rows
                .into_iter()
                .map(|row| (row.request.id, row.may_decide))
                .collect(),
        )
    }

    async fn waiting(&self, actor: &Actor) -> u32 {
        self.services
            .viewer(actor.user, &actor.slug)
            .await
            .unwrap()
            .waiting
    }

    async fn led_by(&self, owner: &Actor, lead: MemberId, people: &[MemberId]) -> TeamId {
        let team = self
            .services
            .create_team(owner, "Sales", &fresh_key())
            .await
            .unwrap();
        let mut change = TeamPeopleChange {
            added: people.to_vec(),
            ..TeamPeopleChange::default()
        };
        change.added.push(lead);
        change.places.push((lead, TeamRole::Lead));
        self.services
            .change_team_people(owner, team.id, &change)
            .await
            .unwrap();
        team.id
    }
}

on_both! {
    async fn asking_twice_is_one_request_and_approving_gives_the_provider(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let lab = world.provider(&owner, "Lab").await.id;
        let found = world.services.access_requests(&ana, 1).await.unwrap();
        assert_eq!((found.own.len(), found.queue), (0, None));
        assert_eq!(found.askable.iter().map(|one| one.slug.as_str()).collect::<Vec<_>>(), ["lab"]);
        let asked = world.ask(&ana, lab).await.unwrap();
        assert_eq!((asked.state, asked.closed.clone()), (AccessRequestState::Open, None));
        let again = AccessRequestInput { provider: lab, reason: "Please.".to_owned(), until: Some(NOW.plus(1_000)) };
        assert_eq!(world.services.ask_for_access(&ana, &again).await.unwrap(), asked, "as it was asked first");
        let found = world.services.access_requests(&ana, 1).await.unwrap();
        assert_eq!((found.own, found.askable.len()), (vec![asked.clone()], 0));
        assert_eq!((world.waiting(&owner).await, world.waiting(&ana).await), (1, 0));

        let before = world.services.member(&owner, ana.member).await.unwrap().version;
        let decided = world.decide(&owner, asked.id, &APPROVE).await.unwrap();
        assert_eq!(decided.state, AccessRequestState::Approved);
        assert_eq!(decided.closed.unwrap().by.as_deref(), Some("olga"));
        assert_eq!(world.own_end(&owner, ana.member, lab).await, Some(None));
        assert!(world.services.member(&owner, ana.member).await.unwrap().version > before);
        assert_eq!(world.waiting(&owner).await, 0);
        let actions: Vec<_> = world.audit(owner.organization).await.into_iter().map(|record| record.action).collect();
        let expected = [AuditAction::AccessAsk, AuditAction::MemberProvidersChange, AuditAction::AccessApprove];
        assert!(actions.ends_with(&expected), "{actions:?}");
        // What somebody can use already cannot be asked for.
        assert_eq!(code(world.ask(&ana, lab).await), ProblemCode::Invalid);
    }

    async fn an_approval_may_have_an_end(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let lab = world.provider(&owner, "Lab").await.id;
        let asked = world.ask(&ana, lab).await.unwrap();
        let past = Verdict::Approve { until: Some(NOW) };
        assert_eq!(code(world.decide(&owner, asked.id, &past).await), ProblemCode::Invalid);
        let end = NOW.plus(7 * Timestamp::DAY);
        let decided = world.decide(&owner, asked.id, &Verdict::Approve { until: Some(end) }).await.unwrap();
        assert_eq!(decided.closed.unwrap().until, Some(end));
        assert_eq!(world.own_end(&owner, ana.member, lab).await, Some(Some(end)));
        let actions = world.audit(owner.organization).await.into_iter().map(|record| record.action).collect::<Vec<_>>();
        let expected = [
            AuditAction::AccessAsk,
            AuditAction::MemberProvidersChange,
            AuditAction::MemberProviderEnd,
            AuditAction::AccessApprove,
        ];
        assert!(actions.ends_with(&expected), "{actions:?}");
        // Once it has ended it can be asked for again, and given without end.
        world.clock.set(end);
        let asked = world.ask(&ana, lab).await.unwrap();
        world.decide(&owner, asked.id, &APPROVE).await.unwrap();
        assert_eq!(world.own_end(&owner, ana.member, lab).await, Some(None));
    }

    async fn declining_says_why_and_a_new_request_may_follow(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let lab = world.provider(&owner, "Lab").await.id;
        let first = world.ask(&ana, lab).await.unwrap();
        let wordless = Verdict::Decline { note: " ".to_owned() };
        assert_eq!(code(world.decide(&owner, first.id, &wordless).await), ProblemCode::Invalid);
        world.decide(&owner, first.id, &decline()).await.unwrap();
        assert_eq!(world.own_end(&owner, ana.member, lab).await, None);
        let second = world.ask(&ana, lab).await.unwrap();
        assert_ne!(second.id, first.id);
        world.services.withdraw_access_request(&ana, second.id).await.unwrap();
        world.services.withdraw_access_request(&ana, first.id).await.unwrap();
        let own = world.services.access_requests(&ana, 1).await.unwrap().own;
        let told: Vec<_> = own.iter().map(|one| (one.state, one.closed.as_ref().unwrap().note.as_str())).collect();
        assert_eq!(told, [(AccessRequestState::Withdrawn, ""), (AccessRequestState::Declined, "Use Azure.")]);
        let conflict = world.decide(&owner, second.id, &APPROVE).await;
        assert_eq!(code(conflict), ProblemCode::Conflict);
        assert_eq!(world.own_end(&owner, ana.member, lab).await, None);
    }

    async fn of_two_who_decide_at_once_one_is_told_of_the_other(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let admin = world.join("ours", "adam@example.com", Role::Admin).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let lab = world.provider(&owner, "Lab").await.id;
        for _ in 0..4 {
            let asked = world.ask(&ana, lab).await.unwrap();
            let decline = decline();
            let (one, other) = tokio::join!(
                world.services.decide_access_request(&owner, asked.id, &APPROVE),
                world.services.decide_access_request(&admin, asked.id, &decline),
            );
            let won = match (one.unwrap(), other.unwrap()) {
                (VersionedOutcome::Saved(won), VersionedOutcome::Conflict(seen))
                | (VersionedOutcome::Conflict(seen), VersionedOutcome::Saved(won)) => {
                    assert_eq!(seen, won);
                    won
                }
                both => panic!("{both:?}"),
            };
            let has = world.own_end(&owner, ana.member, lab).await.is_some();
            assert_eq!(has, won.state == AccessRequestState::Approved);
            world.services.remove_provider(&owner, ana.member, lab).await.unwrap();
        }
    }

    async fn what_was_given_meanwhile_is_approved_without_a_second_grant(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let lab = world.provider(&owner, "Lab").await.id;
        let asked = world.ask(&ana, lab).await.unwrap();
        let team = world.services.create_team(&owner, "Sales", &fresh_key()).await.unwrap();
        let change = ProvidersChange { version: team.version, added: vec![lab], removed: vec![] };
        world.services.set_team_providers(&owner, team.id, &change).await.unwrap();
        let people = TeamPeopleChange { added: vec![ana.member], removed: vec![], ..TeamPeopleChange::default() };
        world.services.change_team_people(&owner, team.id, &people).await.unwrap();
        let decided = world.decide(&owner, asked.id, &APPROVE).await.unwrap();
        assert_eq!(decided.state, AccessRequestState::Approved);
        assert_eq!(world.own_end(&owner, ana.member, lab).await, None, "the team's is enough");
    }

    async fn whoever_could_give_it_decides_and_nobody_else(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let admin = world.join("ours", "adam@example.com", Role::Admin).await;
        let auditor = world.join("ours", "aude@example.com", Role::Auditor).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let bo = world.join("ours", "bo@example.com", Role::Member).await;
        let lab = world.provider(&owner, "Lab").await.id;
        let (of_ana, of_owner) = (world.ask(&ana, lab).await.unwrap().id, world.ask(&owner, lab).await.unwrap().id);
        let of_admin = world.ask(&admin, lab).await.unwrap().id;
        for nobody in [&auditor, &ana, &bo] {
            assert_eq!(code(world.decide(nobody, of_ana, &APPROVE).await), ProblemCode::Forbidden);
        }
        assert_eq!(code(world.services.withdraw_access_request(&bo, of_ana).await), ProblemCode::NotFound);
        assert_eq!(code(world.decide(&admin, of_owner, &APPROVE).await), ProblemCode::Forbidden);
        assert_eq!(world.seen(&auditor).await.unwrap(), [(of_ana, false), (of_owner, false), (of_admin, false)]);
        assert_eq!(world.seen(&admin).await.unwrap(), [(of_ana, true), (of_owner, false), (of_admin, true)]);
        assert_eq!(world.seen(&bo).await, None);
        assert_eq!((world.waiting(&admin).await, world.waiting(&owner).await, world.waiting(&auditor).await), (2, 3, 0));
        // As they could give it to themselves in AI Access.
        world.decide(&admin, of_admin, &APPROVE).await.unwrap();
        world.decide(&owner, of_owner, &APPROVE).await.unwrap();
        // Another organization's admin finds nothing.
        world.organization("theirs").await;
        let foreign = world.join("theirs", "fay@example.com", Role::Owner).await;
        assert_eq!(code(world.decide(&foreign, of_ana, &APPROVE).await), ProblemCode::NotFound);
        assert_eq!(code(world.ask(&foreign, lab).await), ProblemCode::NotFound);
        assert_eq!(world.seen(&foreign).await, Some(vec![]));
    }

    async fn leads_decide_for_their_team_what_they_can_use(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let lead = world.join("ours", "lea@example.com", Role::Member).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let bo = world.join("ours", "bo@example.com", Role::Member).await;
        let adam = world.join("ours", "adam@example.com", Role::Admin).await;
        let (lab, far) = (world.provider(&owner, "Lab").await.id, world.provider(&owner, "Far").await.id);
        let team = world.led_by(&owner, lead.member, &[ana.member, adam.member]).await;
        world.services.add_provider(&owner, lead.member, lab).await.unwrap();
        let lab_for_ana = world.ask(&ana, lab).await.unwrap().id;
        let far_for_ana = world.ask(&ana, far).await.unwrap().id;
        let others = [
            world.ask(&bo, lab).await.unwrap().id,
            world.ask(&adam, lab).await.unwrap().id,
            world.ask(&lead, far).await.unwrap().id,
            far_for_ana,
        ];
        assert_eq!(world.seen(&lead).await, Some(vec![(lab_for_ana, true)]));
        assert_eq!(world.waiting(&lead).await, 1);
        for other in others {
            assert_eq!(code(world.decide(&lead, other, &APPROVE).await), ProblemCode::Forbidden);
        }
        world.decide(&lead, lab_for_ana, &APPROVE).await.unwrap();
        assert_eq!(world.own_end(&owner, ana.member, lab).await, Some(None));
        let details = world.services.member_details(&owner, ana.member).await.unwrap();
        let given = details.providers.iter().find(|one| one.access.provider.id == lab).unwrap();
        assert_eq!(given.granted[0].by.as_deref(), Some("lea"));
        // With the provider goes the right to pass it on.
        world.services.remove_provider(&owner, lead.member, lab).await.unwrap();
        world.services.remove_provider(&owner, ana.member, lab).await.unwrap();
        let again = world.ask(&ana, lab).await.unwrap().id;
        assert_eq!(code(world.decide(&lead, again, &APPROVE).await), ProblemCode::Forbidden);
        assert_eq!((world.seen(&lead).await, world.waiting(&lead).await), (Some(vec![]), 0));
        // So it does with the place in the team.
        world.services.add_provider(&owner, lead.member, lab).await.unwrap();
        assert_eq!(world.waiting(&lead).await, 1);
        let places = vec![(lead.member, TeamRole::Member)];
        let change = TeamPeopleChange { places, ..TeamPeopleChange::default() };
        for _ in 0..2 {
            world.services.change_team_people(&owner, team, &change).await.unwrap();
        }
        assert_eq!((world.seen(&lead).await, world.waiting(&lead).await), (None, 0));
        assert_eq!(code(world.decide(&lead, again, &APPROVE).await), ProblemCode::Forbidden);
        let told = world.audit(owner.organization).await.into_iter().filter(|one| one.action == AuditAction::TeamPeopleChange);
        assert_eq!(told.count(), 2, "what is so already is not told");
    }

    async fn requests_wait_for_the_suspended_and_go_with_the_removed(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let lab = world.provider(&owner, "Lab").await.id;
        let asked = world.ask(&ana, lab).await.unwrap().id;
        world.services.set_suspended(&owner, ana.member, None, true).await.unwrap();
        assert_eq!((world.seen(&owner).await, world.waiting(&owner).await), (Some(vec![]), 0));
        assert_eq!(code(world.decide(&owner, asked, &APPROVE).await), ProblemCode::Invalid);
        assert_eq!(code(world.ask(&ana, lab).await), ProblemCode::Unauthenticated);
        world.services.set_suspended(&owner, ana.member, None, false).await.unwrap();
        assert_eq!(world.waiting(&owner).await, 1);
        world.services.remove(&owner, ana.member).await.unwrap();
        assert_eq!(world.waiting(&owner).await, 0);
        assert_eq!(code(world.decide(&owner, asked, &APPROVE).await), ProblemCode::NotFound);
        // A provider takes what was asked of it along.
        let bo = world.join("ours", "bo@example.com", Role::Member).await;
        let asked = world.ask(&bo, lab).await.unwrap().id;
        world.services.delete_provider(&owner, lab).await.unwrap();
        assert_eq!(code(world.decide(&owner, asked, &APPROVE).await), ProblemCode::NotFound);
        assert!(world.services.access_requests(&bo, 1).await.unwrap().own.is_empty());
    }

    async fn only_what_is_active_can_be_asked_for_and_given(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let lab = world.provider(&owner, "Lab").await.id;
        let asked = world.ask(&ana, lab).await.unwrap().id;
        world.services.set_provider_active(&owner, lab, false).await.unwrap();
        let bo = world.join("ours", "bo@example.com", Role::Member).await;
        assert_eq!(code(world.ask(&bo, lab).await), ProblemCode::Invalid);
        assert!(world.services.access_requests(&bo, 1).await.unwrap().askable.is_empty());
        let before = world.picture(owner.organization).await;
        assert_eq!(code(world.decide(&owner, asked, &APPROVE).await), ProblemCode::Invalid);
        assert_eq!(world.picture(owner.organization).await, before);
        world.decide(&owner, asked, &decline()).await.unwrap();
        assert_eq!(code(world.ask(&ana, ProviderId(0)).await), ProblemCode::NotFound);
    }

    async fn open_requests_are_bounded_and_come_in_pages(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        invited(world, &owner, "ivy@example.com", Role::Member).await;
        let mut providers = Vec::new();
        for number in 0..=OPEN_REQUESTS {
            providers.push(world.provider(&owner, &format!("P {number}")).await.id);
        }
        let (last, most) = providers.split_last().unwrap();
        let mut asked = Vec::new();
        for name in ["ana", "bo", "cy"] {
            let actor = world.join("ours", &format!("{name}@example.com"), Role::Member).await;
            for provider in most {
                asked.push(world.ask(&actor, *provider).await.unwrap().id);
            }
            assert_eq!(code(world.ask(&actor, *last).await), ProblemCode::Invalid, "one too many");
        }
        let mut seen = Vec::new();
        for page in 1..=2 {
            let queue = world.services.access_requests(&owner, page).await.unwrap().queue.unwrap();
            assert_eq!((queue.total, queue.page, queue.pages), (3 * OPEN_REQUESTS, page, 2));
            seen.extend(queue.rows.into_iter().map(|row| row.request.id));
        }
        assert_eq!(seen, asked);
        assert!(u32::try_from(seen.len()).unwrap() > QUEUE_ROWS);
        for (wanted, served) in [(0, 1), (99, 2)] {
            let queue = world.services.access_requests(&owner, wanted).await.unwrap().queue.unwrap();
            assert_eq!(queue.page, served);
        }
    }
}
