//! Granted but unused: what is found, and ending it.

use crate::common::{NOW, World, code, fresh_key, on_both};
use domain::access::ModelList;
use domain::audit::AuditAction;
use domain::ends::TermsChange;
use domain::member::ProvidersChange;
use domain::price::Charge;
use domain::team::TeamPeopleChange;
use domain::unused::{
    EndUnused, EndWhen, EndedUnused, NOTICE, UNUSED_PAGE, UnusedPage, UnusedPlace, UnusedQuery,
};
use domain::usage::Measured;
use domain::{ProblemCode, ProviderId, Role, Timestamp};
use services::{Actor, UsageEvent};

const DAY: i64 = Timestamp::DAY;

fn used(actor: &Actor, provider: ProviderId, at: Timestamp, code: Option<&'static str>) -> UsageEvent {
    UsageEvent {
        organization: actor.organization,
        member: actor.member,
        key: None,
        provider: Some(provider),
        provider_slug: "lab".to_owned(),
        model: "lab/m".to_owned(),
        provider_model: "m".to_owned(),
        request_id: None,
        attempt: 1,
        endpoint: "chat",
        status: if code.is_some() { 502 } else { 200 },
        code,
        provider_problem: None,
        started_at: at,
        latency_ms: 1,
        first_token_ms: None,
        measured: Measured::reported(100, 10),
        charge: Charge::NOTHING,
        requests: 1,
        budgets: Vec::new(),
    }
}

impl World {
    async fn unused(&self, actor: &Actor, query: &str) -> UnusedPage {
        let query = UnusedQuery::from_query_string(query);
        self.services.unused(actor, &query).await.unwrap()
    }

    /// Writes what was used `days` ago, while the clock goes on.
    async fn use_it(&self, actor: &Actor, provider: ProviderId, days: i64, code: Option<&'static str>) {
        self.services
            .record_usage(used(actor, provider, self.clock.now().plus(-days * DAY), code));
        self.services.flush_usage().await;
    }
}

fn place(actor: &Actor, provider: ProviderId) -> UnusedPlace {
    UnusedPlace {
        member: actor.member,
        provider,
    }
}

fn places(page: &UnusedPage) -> Vec<UnusedPlace> {
    page.lines.iter().map(|line| line.place).collect()
}

fn end(lines: &[UnusedPlace], when: EndWhen) -> EndUnused {
    EndUnused {
        days: 60,
        lines: lines.to_vec(),
        when,
    }
}

on_both! {
    async fn what_nobody_used_is_found_with_its_sources(world) {
        world.organization("ours").await;
        world.organization("theirs").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let auditor = world.join("ours", "aud@example.com", Role::Auditor).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let ben = world.join("ours", "ben@example.com", Role::Member).await;
        let gone = world.join("ours", "gone@example.com", Role::Member).await;
        let (lab, other, off) =
            (world.provider(&owner, "Lab").await.id, world.provider(&owner, "Other").await.id, world.provider(&owner, "Off").await.id);
        let services = &world.services;
        for (actor, provider) in [(&ana, lab), (&ana, other), (&ana, off), (&ben, lab), (&gone, lab)] {
            services.add_provider(&owner, actor.member, provider).await.unwrap();
        }
        services.set_provider_active(&owner, off, false).await.unwrap();
        services.set_suspended(&owner, gone.member, None, true).await.unwrap();
        let team = services.create_team(&owner, "Sales", &fresh_key()).await.unwrap();
        let people = TeamPeopleChange { added: vec![ana.member, auditor.member], ..TeamPeopleChange::default() };
        services.change_team_people(&owner, team.id, &people).await.unwrap();
        let carried = ProvidersChange { version: team.version, added: vec![lab], removed: vec![] };
        services.set_team_providers(&owner, team.id, &carried).await.unwrap();

        // Young grants count as none.
        assert_eq!(places(&world.unused(&auditor, "").await), []);
        world.clock.set(NOW.plus(59 * DAY));
        assert_eq!(places(&world.unused(&auditor, "").await), []);
        world.clock.set(NOW.plus(100 * DAY));
        services.add_provider(&owner, ben.member, other).await.unwrap();
        world.use_it(&ana, other, 60, None).await;
        world.use_it(&ben, lab, 61, None).await;
        world.use_it(&ana, lab, 1, Some("provider_error")).await;
        let found = world.unused(&auditor, "").await;
        assert_eq!(
            places(&found),
            [place(&auditor, lab), place(&ana, lab), place(&ben, lab)],
            "not what is inactive, young, used on the 60th day, or a suspended member's"
        );
        let sources: Vec<_> = found.lines.iter().map(|line| (line.own.is_some(), line.teams.len(), line.may_end)).collect();
        assert_eq!(sources, [(false, 1, false), (true, 1, false), (true, 0, false)], "auditors end nothing");
        let day = world.clock.now().plus(-61 * DAY);
        let last: Vec<_> = found.lines.iter().map(|line| line.last_used).collect();
        assert_eq!(last, [None, None, Some(day.plus(-day.0.rem_euclid(DAY)))], "what failed was not used");
        assert!(found.next.is_none());
        let teams: Vec<_> = found.teams.iter().map(|team| team.id).collect();
        assert_eq!((found.providers.len(), teams), (2, vec![team.id]));

        let ours = world.unused(&owner, "").await;
        assert_eq!(ours.lines.iter().map(|line| line.may_end).collect::<Vec<_>>(), [false, true, true]);
        let narrowed = world.unused(&owner, &format!("?team={}&provider={lab}", team.id)).await;
        assert_eq!(places(&narrowed), [place(&auditor, lab), place(&ana, lab)]);
        assert_eq!(places(&world.unused(&owner, &format!("?provider={other}")).await), []);
        assert_eq!(places(&world.unused(&owner, "?days=62").await), places(&ours)[..2]);
        let stranger = world.join("theirs", "stranger@example.com", Role::Owner).await;
        assert_eq!(places(&world.unused(&stranger, &format!("?provider={lab}")).await), []);
        let refused = services.end_unused(&stranger, end(&[place(&ana, lab)], EndWhen::Now)).await.unwrap();
        assert_eq!(refused, EndedUnused { ended: 0, left: 1 });
    }

    async fn own_grants_end_at_once_or_with_notice(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let admin = world.join("ours", "adam@example.com", Role::Admin).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let ben = world.join("ours", "ben@example.com", Role::Member).await;
        let (lab, other) = (world.provider(&owner, "Lab").await.id, world.provider(&owner, "Other").await.id);
        let services = &world.services;
        for (actor, provider) in [(&owner, lab), (&ana, lab), (&ana, other), (&ben, lab), (&ben, other)] {
            services.add_provider(&owner, actor.member, provider).await.unwrap();
        }
        world.clock.set(NOW.plus(100 * DAY));
        let now = world.clock.now();
        let version = services.member(&owner, ana.member).await.unwrap().version;
        let models = ModelList::check(&["m*".to_owned()]).unwrap();
        let terms = TermsChange { version, provider: lab, ends_at: None, reason: String::new(), models: models.clone() };
        services.set_provider_terms(&owner, ana.member, &terms).await.unwrap();
        let version = services.member(&owner, ben.member).await.unwrap().version;
        let soon = TermsChange { version, provider: other, ends_at: Some(now.plus(DAY)), models: ModelList::default(), ..terms };
        services.set_provider_terms(&owner, ben.member, &soon).await.unwrap();
        world.use_it(&ben, lab, 0, None).await;

        let before = world.audit(owner.organization).await.len();
        let all = [(&owner, lab), (&ana, lab), (&ana, other), (&ben, lab), (&ben, other)].map(|(who, what)| place(who, what));
        let done = services.end_unused(&admin, end(&all, EndWhen::Notice)).await.unwrap();
        assert_eq!(done, EndedUnused { ended: 2, left: 3 }, "an owner's, what is used, and what has an end are left");
        let row = services.member(&owner, ana.member).await.unwrap();
        let own = row.sources(lab).next().unwrap();
        assert_eq!((own.ends_at, own.reason.as_str()), (Some(now.plus(NOTICE)), "Not used for 60 days"));
        assert_eq!(own.models, models, "of which models it is stays");
        let deeds: Vec<_> = world.audit(owner.organization).await[before..].iter().map(|deed| deed.action).collect();
        assert_eq!(deeds, [AuditAction::MemberProviderEnd; 2]);

        // Once more there is nothing to shorten, but it can still be ended at once.
        let again = services.end_unused(&admin, end(&all, EndWhen::Notice)).await.unwrap();
        assert_eq!(again, EndedUnused { ended: 0, left: 5 });
        let done = services.end_unused(&admin, end(&all, EndWhen::Now)).await.unwrap();
        assert_eq!(done, EndedUnused { ended: 3, left: 2 });
        assert!(services.member(&owner, ana.member).await.unwrap().own_providers().is_empty());
        let deed = world.audit(owner.organization).await.pop().unwrap();
        assert_eq!(deed.action, AuditAction::MemberProvidersChange);
        for wrong in [vec![], (0..51).map(|n| UnusedPlace { provider: ProviderId(n), ..all[0] }).collect()] {
            assert_eq!(code(services.end_unused(&admin, end(&wrong, EndWhen::Now)).await), ProblemCode::Invalid);
        }
    }

    async fn whoever_is_told_may_keep_it(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let lab = world.provider(&owner, "Lab").await.id;
        let services = &world.services;
        services.add_provider(&owner, ana.member, lab).await.unwrap();
        assert_eq!(code(services.keep_access(&ana, lab).await), ProblemCode::NotFound);
        world.clock.set(NOW.plus(100 * DAY));
        let lines = [place(&ana, lab)];
        services.end_unused(&owner, end(&lines, EndWhen::Notice)).await.unwrap();
        let ending = services.keys(&ana, ana.member).await.unwrap().ending;
        assert_eq!((ending.len(), ending[0].provider, ending[0].may_keep), (1, lab, true));
        assert_eq!(code(services.keep_access(&owner, lab).await), ProblemCode::NotFound, "it is not theirs");

        let before = world.audit(owner.organization).await.len();
        services.keep_access(&ana, lab).await.unwrap();
        let row = services.member(&owner, ana.member).await.unwrap();
        assert_eq!(row.sources(lab).next().unwrap().ends_at, None);
        let deeds: Vec<_> = world.audit(owner.organization).await[before..].iter().map(|deed| deed.action).collect();
        assert_eq!(deeds, [AuditAction::MemberProviderEnd]);
        assert_eq!(places(&world.unused(&owner, "").await), [], "what is kept counts as used");
        assert_eq!(code(services.keep_access(&ana, lab).await), ProblemCode::NotFound);

        // An end that somebody decided about is not the member's to take away, nor is what has ended.
        world.clock.set(NOW.plus(200 * DAY));
        services.end_unused(&owner, end(&lines, EndWhen::Notice)).await.unwrap();
        let version = services.member(&owner, ana.member).await.unwrap().version;
        let decided = TermsChange {
            version,
            provider: lab,
            ends_at: Some(world.clock.now().plus(DAY)),
            reason: String::new(),
            models: ModelList::default(),
        };
        services.set_provider_terms(&owner, ana.member, &decided).await.unwrap();
        assert!(!services.keys(&ana, ana.member).await.unwrap().ending[0].may_keep);
        assert_eq!(code(services.keep_access(&ana, lab).await), ProblemCode::NotFound);
        let endless = TermsChange { version: version + 1, ends_at: None, ..decided };
        services.set_provider_terms(&owner, ana.member, &endless).await.unwrap();
        services.end_unused(&owner, end(&lines, EndWhen::Notice)).await.unwrap();
        world.clock.set(world.clock.now().plus(NOTICE));
        assert_eq!(code(services.keep_access(&ana, lab).await), ProblemCode::NotFound);
    }

    async fn pages_repeat_and_skip_nothing(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let (lab, other) = (world.provider(&owner, "Lab").await.id, world.provider(&owner, "Other").await.id);
        let mut wanted = Vec::new();
        for n in 0..40 {
            let person = world.join("ours", &format!("p{n}@example.com"), Role::Member).await;
            for provider in [lab, other] {
                world.services.add_provider(&owner, person.member, provider).await.unwrap();
                wanted.push(place(&person, provider));
            }
        }
        world.clock.set(NOW.plus(100 * DAY));
        let first = world.unused(&owner, "").await;
        assert_eq!(places(&first), wanted[..UNUSED_PAGE]);
        let after = first.next.unwrap();
        let second = world.unused(&owner, &format!("?after={after}")).await;
        assert_eq!(places(&second), wanted[UNUSED_PAGE..]);
        assert!(second.next.is_none());
    }
}
