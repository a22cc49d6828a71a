//! Two members side by side, and making one like the other.

use crate::common::{NOW, World, code, fresh_key, invited, on_both};
use domain::access::ModelList;
use domain::audit::AuditAction;
use domain::bulk::{Cannot, Kept};
use domain::compare::{ComparePage, CompareQuery, CopyInput, CopyOutcome, CopyShown, Side, Source};
use domain::ends::TermsChange;
use domain::member::ProvidersChange;
use domain::team::TeamPeopleChange;
use domain::{BulkChangeId, MemberId, ProblemCode, ProviderId, Role, TeamId, Timestamp};
use services::Actor;

const DAY: i64 = Timestamp::DAY;

impl World {
    async fn compared(&self, by: &Actor, a: MemberId, b: MemberId, role: Option<bool>) -> ComparePage {
        let query = CompareQuery {
            a: Some(a),
            b: Some(b),
            copy: role.is_some(),
            role: role == Some(true),
            ..CompareQuery::default()
        };
        self.services.compare(by, &query).await.unwrap()
    }

    async fn shown(&self, by: &Actor, a: MemberId, b: MemberId, role: bool) -> CopyShown {
        self.compared(by, a, b, Some(role)).await.copy.unwrap()
    }

    async fn copy(&self, by: &Actor, a: MemberId, b: MemberId, role: bool, shown: &CopyShown) -> CopyOutcome {
        let input = CopyInput {
            from: a,
            to: b,
            role,
            fingerprint: shown.fingerprint.clone(),
            idempotency_key: fresh_key(),
        };
        let outcome = self.services.copy_access(by, &input).await.unwrap();
        // Sent again, it does nothing more.
        if let CopyOutcome::Applied(_) = outcome {
            assert_eq!(self.services.copy_access(by, &input).await.unwrap(), outcome);
        }
        outcome
    }

    async fn terms(&self, by: &Actor, member: MemberId, provider: ProviderId, days: i64, models: &[&str]) {
        let change = TermsChange {
            version: self.services.member(by, member).await.unwrap().version,
            provider,
            ends_at: (days > 0).then(|| NOW.plus(days * DAY)),
            reason: if days > 0 {
                "Project".to_owned()
            } else {
                String::new()
            },
            models: ModelList::stored(Some(&models.join("\n"))),
        };
        self.services
            .set_provider_terms(by, member, &change)
            .await
            .unwrap();
    }

    async fn team_with(&self, by: &Actor, name: &str, people: &[MemberId], provider: ProviderId) -> TeamId {
        let team = self.services.create_team(by, name, &fresh_key()).await.unwrap();
        let people = TeamPeopleChange {
            added: people.to_vec(),
            ..TeamPeopleChange::default()
        };
        self.services
            .change_team_people(by, team.id, &people)
            .await
            .unwrap();
        let carried = ProvidersChange {
            version: team.version,
            added: vec![provider],
            removed: vec![],
        };
        self.services
            .set_team_providers(by, team.id, &carried)
            .await
            .unwrap();
        team.id
    }
}

fn applied(outcome: CopyOutcome) -> BulkChangeId {
    match outcome {
        CopyOutcome::Applied(change) => change,
        CopyOutcome::Changed => panic!("the preview has changed"),
    }
}

fn told(side: &Side, provider: ProviderId) -> Vec<String> {
    side.sources(provider).iter().map(words).collect()
}

/// `Own 30 gpt-5*`, `Sales`.
fn words(source: &Source) -> String {
    let by = source.team.as_ref().map_or("Own", |team| &team.name);
    let end = source
        .terms
        .ends_at
        .map(|end| format!(" {}", (end.0 - NOW.0) / DAY));
    let models = source.terms.models.names().join(",");
    let models = if models.is_empty() {
        models
    } else {
        format!(" {models}")
    };
    format!("{by}{}{models}", end.unwrap_or_default())
}

on_both! {
    async fn one_is_made_like_another_exactly_and_undone(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let admin = world.join("ours", "adam@example.com", Role::Admin).await;
        let ana = world.join("ours", "ana@example.com", Role::Auditor).await.member;
        let ben = world.join("ours", "ben@example.com", Role::Member).await.member;
        let mut providers = Vec::new();
        for name in ["Lab", "Ends", "Some", "Only Ben", "By team", "Off"] {
            providers.push(world.provider(&owner, name).await.id);
        }
        let [lab, ends, some, only_ben, by_team, off] = providers[..] else { panic!("six") };
        let services = &world.services;
        for (member, provider) in [(ana, lab), (ana, off), (ben, only_ben), (ben, ends), (ben, by_team)] {
            services.add_provider(&owner, member, provider).await.unwrap();
        }
        world.terms(&owner, ana, ends, 30, &[]).await;
        world.terms(&owner, ana, some, 0, &["gpt-5*"]).await;
        services.set_provider_active(&owner, off, false).await.unwrap();
        let sales = world.team_with(&owner, "Sales", &[ana], by_team).await;
        let legal = world.team_with(&owner, "Legal", &[ben], lab).await;

        let before = world.compared(&admin, ana, ben, None).await;
        assert!(before.copy.is_none() && before.found.is_empty());
        let b = before.b.clone().unwrap();
        assert_eq!((told(&b, lab), told(&b, ends), told(&b, by_team)), (vec!["Legal".to_owned()], vec!["Own".to_owned()], vec!["Own".to_owned()]));
        assert_eq!(told(before.a.as_ref().unwrap(), ends), ["Own 30"]);

        let shown = world.shown(&admin, ana, ben, false).await;
        assert_eq!(shown.cannot, [("Allow Off".to_owned(), Cannot::ProviderInactive)]);
        assert_eq!(shown.role, Role::Member);
        let change = applied(world.copy(&admin, ana, ben, false, &shown).await);
        let after = world.compared(&admin, ana, ben, None).await;
        let (a, b) = (after.a.unwrap(), after.b.unwrap());
        assert_eq!(b.sources, shown.sources, "as it was shown");
        assert_eq!(b.teams, a.teams);
        assert_eq!(b.role, Role::Member);
        for provider in [lab, ends, some, only_ben, by_team] {
            assert_eq!(told(&b, provider), told(&a, provider));
        }
        assert_eq!(told(&b, off), [] as [&str; 0]);
        // The inactive one is what is left.
        let again = world.shown(&admin, ana, ben, false).await;
        assert!(!again.changes && again.cannot.len() == 1);
        let input = CopyInput { from: ana, to: ben, role: false, fingerprint: again.fingerprint, idempotency_key: fresh_key() };
        assert_eq!(code(services.copy_access(&admin, &input).await), ProblemCode::Invalid);

        let log = world.audit(owner.organization).await;
        let applied: Vec<_> = log.iter().filter(|row| row.action == AuditAction::BulkApply).collect();
        assert_eq!(applied.len(), 1);
        let about = applied[0].after.clone().unwrap();
        assert_eq!(about["copy"]["from"], "ana@example.com");
        assert_eq!(about["copy"]["to"], "ben@example.com");

        // What somebody decided since stays, the rest comes back with its terms.
        world.terms(&owner, ben, ends, 5, &[]).await;
        let undone = services.bulk_undo(&owner, change).await.unwrap();
        let kept: Vec<_> = undone.rows[0].kept.iter().map(|(_, why)| *why).collect();
        assert_eq!(kept, [Kept::ChangedSince]);
        let back = world.compared(&admin, ana, ben, None).await.b.unwrap();
        assert_eq!(back.teams.iter().map(|team| team.id).collect::<Vec<_>>(), [legal]);
        assert_ne!(legal, sales);
        assert_eq!(told(&back, ends), ["Own 5"]);
        for provider in [lab, some, only_ben, by_team] {
            assert_eq!(told(&back, provider), told(&before.b.clone().unwrap(), provider));
        }
    }

    async fn nothing_but_what_was_shown_is_done(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await.member;
        let ben = world.join("ours", "ben@example.com", Role::Member).await.member;
        let lab = world.provider(&owner, "Lab").await.id;
        let other = world.provider(&owner, "Other").await.id;
        let services = &world.services;
        services.add_provider(&owner, ana, lab).await.unwrap();
        let sales = world.team_with(&owner, "Sales", &[ana], other).await;
        let fresh = || world.shown(&owner, ana, ben, true);

        // The first loses something, gets an end, or their team carries something else.
        let shown = fresh().await;
        world.terms(&owner, ana, lab, 3, &[]).await;
        assert_eq!(world.copy(&owner, ana, ben, true, &shown).await, CopyOutcome::Changed);
        let shown = fresh().await;
        world.terms(&owner, ana, lab, 3, &["o3"]).await;
        assert_eq!(world.copy(&owner, ana, ben, true, &shown).await, CopyOutcome::Changed);
        let shown = fresh().await;
        let version = services.team_providers(&owner, sales).await.unwrap().team.version;
        let carried = ProvidersChange { version, added: vec![lab], removed: vec![other] };
        services.set_team_providers(&owner, sales, &carried).await.unwrap();
        assert_eq!(world.copy(&owner, ana, ben, true, &shown).await, CopyOutcome::Changed);
        // The second is somebody else by now.
        let shown = fresh().await;
        services.add_provider(&owner, ben, other).await.unwrap();
        assert_eq!(world.copy(&owner, ana, ben, true, &shown).await, CopyOutcome::Changed);
        // Asked for with the role, done without it: that was another preview.
        services.set_role(&owner, ana, None, Role::Auditor).await.unwrap();
        let shown = fresh().await;
        assert_eq!(shown.role, Role::Auditor);
        assert_eq!(world.copy(&owner, ana, ben, false, &shown).await, CopyOutcome::Changed);
        // What has ended meanwhile is not given.
        world.clock.set(NOW.plus(3 * DAY));
        assert_eq!(world.copy(&owner, ana, ben, true, &shown).await, CopyOutcome::Changed);
        let shown = fresh().await;
        applied(world.copy(&owner, ana, ben, true, &shown).await);
        let b = world.compared(&owner, ana, ben, None).await.b.unwrap();
        assert_eq!((told(&b, lab), told(&b, other), b.role), (vec!["Sales".to_owned()], vec![], Role::Auditor));
    }

    async fn nobody_gets_or_loses_what_the_actor_may_not_give(world) {
        world.organization("ours").await;
        world.organization("theirs").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let admin = world.join("ours", "adam@example.com", Role::Admin).await;
        let foreign = world.join("theirs", "fay@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await.member;
        let (invitation, _) = invited(world, &owner, "ida@example.com", Role::Member).await;
        let lab = world.provider(&owner, "Lab").await.id;
        let services = &world.services;
        services.add_provider(&owner, owner.member, lab).await.unwrap();

        // An owner's role is not copied, by nobody.
        for by in [&owner, &admin] {
            let shown = world.shown(by, owner.member, ana, true).await;
            assert_eq!((shown.role, shown.changes), (Role::Member, true));
        }
        // An owner is not changed by an admin.
        let shown = world.shown(&admin, ana, owner.member, true).await;
        assert!(!shown.changes);
        let whys: Vec<_> = shown.cannot.iter().map(|(_, why)| *why).collect();
        assert_eq!(whys, [Cannot::AboveOwnRole; 2]);
        // Nor does the last one stop being one.
        let shown = world.shown(&owner, ana, owner.member, true).await;
        assert_eq!((shown.role, &shown.cannot[..]), (Role::Owner, &[("Change role".to_owned(), Cannot::LastOwner)][..]));

        let copy = |a, b| CompareQuery { a: Some(a), b: Some(b), copy: true, ..CompareQuery::default() };
        assert_eq!(code(services.compare(&admin, &copy(invitation, ana)).await), ProblemCode::Invalid);
        let to_invitation = world.shown(&admin, owner.member, invitation, false).await;
        assert_eq!(to_invitation.cannot, [("Allow Lab".to_owned(), Cannot::NotJoined)]);
        assert_eq!(code(services.compare(&foreign, &copy(foreign.member, ana)).await), ProblemCode::NotFound);
        assert_eq!(code(services.compare(&admin, &copy(ana, foreign.member)).await), ProblemCode::NotFound);
        // With themselves nobody is compared.
        let same = services.compare(&admin, &copy(ana, ana)).await.unwrap();
        assert!(same.b.is_none() && same.copy.is_none());
        assert!(same.found.iter().all(|person| person.member != ana) && same.found.len() == 3);
        let found = CompareQuery { search: "ida".to_owned(), ..CompareQuery::default() };
        let found = services.compare(&admin, &found).await.unwrap().found;
        assert_eq!(found.iter().map(|person| person.member).collect::<Vec<_>>(), [invitation]);
    }
}
