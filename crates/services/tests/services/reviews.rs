//! Access reviews: what is looked through, and what becomes of it.

use crate::common::{NOW, World, code, fresh_key, on_both};
use domain::audit::AuditAction;
use domain::member::ProvidersChange;
use domain::reviews::{
    REVIEW_PAGE, ReviewDecision, ReviewInput, ReviewLine, ReviewOutcome, ReviewPage, ReviewQuery,
    ReviewShown, ReviewVerdict,
};
use domain::team::TeamPeopleChange;
use domain::{ProblemCode, ProviderId, ReviewId, ReviewLineId, Role, TeamId, TeamRole, Timestamp};
use services::{Actor, ReviewFault, verify_review};

const DUE: &str = "2026-03-31";

impl World {
    async fn start_review(&self, owner: &Actor, scope: impl ToString) -> ReviewId {
        let input = review(scope, DUE);
        self.services.start_review(owner, &input).await.unwrap()
    }

    async fn review_shown(&self, actor: &Actor, review: ReviewId, query: &str) -> ReviewPage {
        let query = ReviewQuery::from_query_string(query);
        self.services.review(actor, review, &query).await.unwrap()
    }

    async fn decide_lines(
        &self,
        actor: &Actor,
        review: ReviewId,
        verdict: ReviewVerdict,
        lines: &[&ReviewLine],
    ) -> ReviewOutcome {
        let decision = decision(verdict, lines);
        self.services
            .decide_review(actor, review, decision)
            .await
            .unwrap()
    }
}

fn review(scope: impl ToString, due: &str) -> ReviewInput {
    ReviewInput {
        scope: scope.to_string(),
        due: due.to_owned(),
    }
}

fn decision(verdict: ReviewVerdict, lines: &[&ReviewLine]) -> ReviewDecision {
    ReviewDecision {
        lines: lines.iter().map(|line| line.id).collect(),
        verdict,
        note: "project over".to_owned(),
    }
}

/// Each line as `person provider source`.
fn told(page: &ReviewPage) -> Vec<String> {
    let line = |line: &ReviewLine| {
        let source = line.team.as_ref().map_or("own", |team| team.name.as_str());
        format!("{} {} {source}", line.name, line.provider)
    };
    page.lines.iter().map(line).collect()
}

fn outcome(decided: u32, of_team: u32, left: u32) -> ReviewOutcome {
    ReviewOutcome {
        decided,
        of_team,
        left,
    }
}

/// Two providers, of which a team carries the first.
struct Things {
    owner: Actor,
    admin: Actor,
    ana: Actor,
    lab: ProviderId,
    other: ProviderId,
    team: TeamId,
}

/// Ana has both providers, Lab from her team as well; the admin has Other, and is in the team.
async fn things(world: &World) -> Things {
    world.organization("ours").await;
    let owner = world.join("ours", "olga@example.com", Role::Owner).await;
    let admin = world.join("ours", "adam@example.com", Role::Admin).await;
    let ana = world.join("ours", "ana@example.com", Role::Member).await;
    let (lab, other) = (
        world.provider(&owner, "Lab").await.id,
        world.provider(&owner, "Other").await.id,
    );
    let services = &world.services;
    for (actor, provider) in [(&ana, lab), (&ana, other), (&admin, other), (&owner, other)] {
        services
            .add_provider(&owner, actor.member, provider)
            .await
            .unwrap();
    }
    let team = services.create_team(&owner, "Sales", &fresh_key()).await.unwrap();
    let people = TeamPeopleChange {
        added: vec![ana.member, admin.member],
        ..TeamPeopleChange::default()
    };
    services
        .change_team_people(&owner, team.id, &people)
        .await
        .unwrap();
    let carried = ProvidersChange {
        version: team.version,
        added: vec![lab],
        removed: vec![],
    };
    services
        .set_team_providers(&owner, team.id, &carried)
        .await
        .unwrap();
    Things {
        owner,
        admin,
        ana,
        lab,
        other,
        team: team.id,
    }
}

on_both! {
    async fn a_review_shows_what_was_so_at_its_start(world) {
        let Things { owner, admin, ana, lab, other, team } = things(world).await;
        let services = &world.services;
        world.organization("theirs").await;
        let stranger = world.join("theirs", "stranger@example.com", Role::Owner).await;

        let of_team = world.start_review(&owner, format!("team.{team}")).await;
        let shown = world.review_shown(&admin, of_team, "").await;
        let whole_team = [
            "adam Lab Sales", "adam Other own", "ana Lab own", "ana Lab Sales", "ana Other own",
        ];
        assert_eq!(told(&shown), whole_team);
        assert_eq!(shown.review.about, "Team Sales");
        assert_eq!((shown.review.lines, shown.review.undecided()), (5, 5));
        assert_eq!(shown.review.due_at.rfc3339(), "2026-04-01T00:00:00Z");
        let line = &shown.lines[2];
        assert_eq!((line.since, line.given_by.as_deref()), (NOW, Some("olga (olga@example.com)")));
        assert_eq!((line.last_used, line.still), (None, true));
        let of_provider = world.start_review(&owner, format!("provider.{lab}")).await;
        assert_eq!(told(&world.review_shown(&owner, of_provider, "").await), ["adam Lab Sales", "ana Lab own", "ana Lab Sales"]);
        let of_all = world.start_review(&owner, "everybody").await;
        let all = world.review_shown(&owner, of_all, "").await;
        assert_eq!(all.lines.len(), 6);
        let listed: Vec<_> = services.reviews(&admin, None).await.unwrap().reviews.iter().map(|review| review.id).collect();
        assert_eq!(listed, [of_all, of_provider, of_team]);

        // What changes later is told beside it.
        services.remove_provider(&owner, ana.member, lab).await.unwrap();
        services.remove(&owner, admin.member).await.unwrap();
        services.delete_provider(&owner, other).await.unwrap();
        let after = world.review_shown(&owner, of_team, "").await;
        assert_eq!(told(&after), whole_team);
        let still: Vec<_> = after.lines.iter().map(|line| line.still).collect();
        assert_eq!(still, [false, false, false, true, false]);

        assert_eq!(code(services.review(&stranger, of_team, &ReviewQuery::default()).await), ProblemCode::NotFound);
        assert!(services.reviews(&stranger, None).await.unwrap().reviews.is_empty());
        let theirs = services.decide_review(&stranger, of_team, decision(ReviewVerdict::Keep, &[&after.lines[3]])).await;
        assert_eq!(code(theirs), ProblemCode::NotFound);
        assert_eq!(code(services.close_review(&stranger, of_team).await), ProblemCode::NotFound);
        let foreign = services.start_review(&stranger, &review(format!("team.{team}"), DUE)).await;
        assert_eq!(code(foreign), ProblemCode::Invalid);
        for (scope, due) in [("everybody", "2026-02-28"), ("everybody", "2027-03-31"), ("team.0", DUE)] {
            assert_eq!(code(services.start_review(&owner, &review(scope, due)).await), ProblemCode::Invalid, "{scope} {due}");
        }
    }

    async fn own_access_ends_with_the_decision_and_a_teams_does_not(world) {
        let Things { owner, admin, ana, lab, other, team } = things(world).await;
        let services = &world.services;
        let review = world.start_review(&owner, "everybody").await;
        let shown = world.review_shown(&admin, review, "").await;
        assert_eq!(
            told(&shown),
            ["adam Lab Sales", "adam Other own", "ana Lab own", "ana Lab Sales", "ana Other own", "olga Other own"]
        );
        let may: Vec<_> = shown.lines.iter().map(|line| line.may_decide).collect();
        assert_eq!(may, [false, false, true, true, true, false], "not about themselves, nor above their role");
        let may: Vec<_> = world.review_shown(&owner, review, "").await.lines.iter().map(|line| line.may_decide).collect();
        assert_eq!(may, [true, true, true, true, true, false]);
        let all: Vec<&ReviewLine> = shown.lines.iter().collect();

        let before = world.audit(owner.organization).await.len();
        let version = services.member(&owner, ana.member).await.unwrap().version;
        assert_eq!(world.decide_lines(&admin, review, ReviewVerdict::End, &all).await, outcome(2, 1, 3));
        let row = services.member(&owner, ana.member).await.unwrap();
        assert!(row.own_providers().is_empty());
        assert!(row.version > version, "whoever edits the row is told");
        assert!(row.sources(lab).next().is_some_and(|source| source.team.is_some()));
        let deeds: Vec<_> = world.audit(owner.organization).await[before..].iter().map(|deed| deed.action).collect();
        let one = [AuditAction::MemberProvidersChange, AuditAction::ReviewEnd];
        assert_eq!(deeds, [one, one].concat());
        let review_now = world.review_shown(&admin, review, "?show=ended").await;
        assert_eq!(told(&review_now), ["ana Lab own", "ana Other own"]);
        let decided = review_now.lines[0].decided.clone().unwrap();
        assert_eq!((decided.note.as_str(), decided.by.as_str()), ("project over", "adam (adam@example.com)"));
        assert_eq!((review_now.review.ended, review_now.review.undecided()), (2, 4));

        // What was ended stays so; what was kept may be ended after all.
        assert_eq!(world.decide_lines(&admin, review, ReviewVerdict::Keep, &all).await, outcome(1, 0, 5));
        assert_eq!(world.decide_lines(&admin, review, ReviewVerdict::Keep, &all).await, outcome(0, 0, 6));
        let people = TeamPeopleChange { removed: vec![ana.member], ..TeamPeopleChange::default() };
        services.change_team_people(&owner, team, &people).await.unwrap();
        assert_eq!(world.decide_lines(&admin, review, ReviewVerdict::End, &all).await, outcome(1, 0, 5), "the team gives it no more");
        let counts = |review: &domain::reviews::Review| (review.kept, review.ended, review.undecided());
        assert_eq!(counts(&world.review_shown(&admin, review, "").await.review), (0, 3, 3));
        assert_eq!(world.decide_lines(&owner, review, ReviewVerdict::Keep, &all).await, outcome(2, 0, 4));

        assert_eq!(code(services.close_review(&admin, review).await), ProblemCode::Forbidden);
        services.close_review(&owner, review).await.unwrap();
        let closed = world.review_shown(&owner, review, "").await;
        assert_eq!(counts(&closed.review), (2, 3, 1), "what is undecided is not ended");
        assert!(services.member(&owner, owner.member).await.unwrap().sources(other).next().is_some());
        assert!(closed.lines.iter().all(|line| !line.may_decide) && !closed.may_close);
        let late = services.decide_review(&owner, review, decision(ReviewVerdict::Keep, &all[..1])).await;
        assert_eq!(code(late), ProblemCode::Conflict);
        assert_eq!(code(services.close_review(&owner, review).await), ProblemCode::Conflict);
    }

    async fn pages_repeat_and_skip_nothing(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let empty = world.services.start_review(&owner, &review("everybody", DUE)).await;
        assert_eq!(code(empty), ProblemCode::Invalid, "there is nothing to review");
        let lab = world.provider(&owner, "Lab").await.id;
        for n in 0..REVIEW_PAGE + 2 {
            let person = world.join("ours", &format!("p{n}@example.com"), Role::Member).await;
            world.services.add_provider(&owner, person.member, lab).await.unwrap();
        }
        let review = world.start_review(&owner, "everybody").await;
        let first = world.review_shown(&owner, review, "?show=undecided").await;
        let query = ReviewQuery { show: Some(ReviewShown::Undecided), after: first.next };
        let second = world.services.review(&owner, review, &query).await.unwrap();
        assert_eq!((first.lines.len(), second.lines.len(), second.next), (REVIEW_PAGE, 2, None));
        let mut ids: Vec<ReviewLineId> = first.lines.iter().chain(&second.lines).map(|line| line.id).collect();
        ids.dedup();
        assert_eq!(ids.len(), REVIEW_PAGE + 2);
    }

    async fn the_last_day_is_one_of_the_organizations_time_zone(world) {
        let Things { owner, .. } = things(world).await;
        world.services.set_time_zone(&owner, "Asia/Tokyo").await.unwrap();
        let review = world.start_review(&owner, "everybody").await;
        let shown = world.review_shown(&owner, review, "").await.review;
        assert_eq!(shown.due_at.rfc3339(), "2026-03-31T15:00:00Z");
        assert_eq!((shown.due().as_str(), shown.is_overdue(Timestamp(shown.due_at.0))), ("31 Mar 2026", true));
    }

    async fn the_result_of_a_closed_review_is_signed(world) {
        let Things { owner, admin, .. } = things(world).await;
        let services = &world.services;
        let review = world.start_review(&owner, "everybody").await;
        let open = services.export_review(&admin, review).await;
        assert_eq!(code(open), ProblemCode::Conflict);
        let shown = world.review_shown(&owner, review, "").await;
        let (kept, ended) = (&shown.lines[2], &shown.lines[4]);
        world.decide_lines(&owner, review, ReviewVerdict::Keep, &[kept]).await;
        world.decide_lines(&owner, review, ReviewVerdict::End, &[ended]).await;
        services.close_review(&owner, review).await.unwrap();
        let exported = async || {
            let export = services.export_review(&admin, review).await.unwrap();
            std::fs::read_to_string(export.file.path()).unwrap()
        };
        let text = exported().await;
        let key = services.review_public_key();
        let verified = verify_review(&text, &key).unwrap();
        assert_eq!((verified.kept, verified.ended, verified.undecided), (1, 1, 4));
        assert_eq!((verified.about.as_str(), verified.organization.as_str()), ("Everybody", "ours"));
        assert_eq!(exported().await, text, "the same review is the same file");

        // A reader that sorts the names gets the bytes that were signed.
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let sorted = serde_json::to_string(&value["document"]).unwrap();
        assert!(text.starts_with(&format!("{{\"document\":{sorted},")), "{text}");
        let indented = serde_json::to_string_pretty(&value).unwrap();
        assert_eq!(verify_review(&indented, &key).unwrap(), verified);

        let changed = text.replacen("\"decision\":\"keep\"", "\"decision\":\"end\"", 1);
        assert!(matches!(verify_review(&changed, &key), Err(ReviewFault::Changed)));
        for forged in [
            text.replacen("\"note\":", "\"note\":\"\",\"note\":", 1),
            text.replacen("\"format\":", "\"extra\":1,\"format\":", 1),
            text.replacen("{", "{\"extra\":1,", 1),
            String::new(),
        ] {
            assert_ne!(forged, text);
            assert!(matches!(verify_review(&forged, &key), Err(ReviewFault::Unreadable(_))), "{forged}");
        }
        let elsewhere = World::sqlite().await;
        let other = elsewhere.services.review_public_key();
        assert!(matches!(verify_review(&text, &other), Err(ReviewFault::OtherKey(_))));
        assert!(matches!(verify_review(&text, "none"), Err(ReviewFault::Key(_))));
        elsewhere.end().await;
    }

    async fn leads_decide_for_their_team_what_they_can_use(world) {
        let Things { owner, ana, lab, other, team, .. } = things(world).await;
        let services = &world.services;
        let review = world.start_review(&owner, "everybody").await;
        let ben = world.join("ours", "ben@example.com", Role::Member).await;
        let all = ReviewQuery::default();
        assert_eq!(code(services.review(&ben, review, &all).await), ProblemCode::Forbidden);
        for people in [
            TeamPeopleChange { added: vec![ben.member], ..TeamPeopleChange::default() },
            TeamPeopleChange { places: vec![(ben.member, TeamRole::Lead)], ..TeamPeopleChange::default() },
        ] {
            services.change_team_people(&owner, team, &people).await.unwrap();
        }
        services.add_provider(&owner, ben.member, lab).await.unwrap();

        // Not what Ben cannot use, nor the admin's, and not the review in which there is none of the team.
        let shown = world.review_shown(&ben, review, "").await;
        assert_eq!(told(&shown), ["ana Lab own", "ana Lab Sales"]);
        assert!(shown.lines.iter().all(|line| line.may_decide) && !shown.may_close);
        let of_other = world.start_review(&owner, format!("provider.{other}")).await;
        assert_eq!(code(services.review(&ben, of_other, &all).await), ProblemCode::NotFound);
        let list = services.reviews(&ben, None).await.unwrap();
        assert_eq!((list.reviews.len(), list.teams.len(), list.providers.len(), list.may_start), (1, 0, 0, false));
        let waiting = async |user| services.viewer(user, "ours").await.unwrap().reviews;
        assert_eq!((waiting(ben.user).await, waiting(ana.user).await, waiting(owner.user).await), (Some(1), None, Some(2)));

        let everything = world.review_shown(&owner, review, "").await;
        let lines: Vec<&ReviewLine> = everything.lines.iter().collect();
        assert_eq!(world.decide_lines(&ben, review, ReviewVerdict::End, &lines).await, outcome(1, 1, 4));
        let own = services.member(&owner, ana.member).await.unwrap().own_providers();
        assert_eq!(own.iter().map(|provider| provider.id).collect::<Vec<_>>(), [other]);
        assert_eq!(world.decide_lines(&ben, review, ReviewVerdict::Keep, &lines).await, outcome(1, 0, 5));
        assert_eq!(waiting(ben.user).await, Some(0));
        let of_team = world.start_review(&owner, format!("team.{team}")).await;
        let shown = world.review_shown(&ben, of_team, "").await;
        assert_eq!(told(&shown), ["ana Lab Sales"], "never their own");
        for refused in [
            services.close_review(&ben, review).await,
            services.start_review(&ben, &super::review("everybody", DUE)).await.map(drop),
            services.export_review(&ben, review).await.map(drop),
        ] {
            assert_eq!(code(refused), ProblemCode::Forbidden);
        }
    }
}
