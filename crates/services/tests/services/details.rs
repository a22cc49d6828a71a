//! The page of one member: since when and by whom, usage by day, and the history.

use crate::common::{NOW, code, fresh_key, key_input, on_both};
use domain::price::Charge;
use domain::usage::Measured;
use domain::usage::UsageSum;
use domain::{ProblemCode, Role, Timestamp};
use services::UsageEvent;

on_both! {
    async fn a_grant_says_since_when_and_by_whom(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let given = world.provider(&owner, "Given").await;
        world.provider(&owner, "Held back").await;
        world.clock.set(NOW.plus(Timestamp::DAY));
        world.services.add_provider(&owner, ana.member, given.id).await.unwrap();
        let details = world.services.member_details(&owner, ana.member).await.unwrap();
        let told: Vec<_> = details
            .providers
            .iter()
            .map(|one| {
                let granted = one.granted.first().map(|granted| (granted.at, granted.by.as_deref()));
                (one.access.provider.name.as_str(), one.access.denial.is_none(), granted)
            })
            .collect();
        let since = Some((NOW.plus(Timestamp::DAY), Some("olga")));
        assert_eq!(told, [("Given", true, since), ("Held back", false, None)]);
    }

    async fn usage_is_told_by_day(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let midnight = Timestamp(NOW.0.div_euclid(Timestamp::DAY) * Timestamp::DAY);
        let event = |member, at: Timestamp| UsageEvent {
            organization: owner.organization,
            member,
            key: None,
            provider: None,
            provider_slug: String::new(),
            model: "m".to_owned(),
            provider_model: String::new(),
            request_id: None,
            attempt: 1,
            endpoint: "chat",
            status: 200,
            code: None,
            provider_problem: None,
            started_at: at,
            latency_ms: 1,
            first_token_ms: None,
            measured: Measured::reported(2, 3),
            charge: Charge::default(),
            requests: 1,
            budgets: Vec::new(),
        };
        // Both ends of yesterday, the first instant of the days shown, and the last one before them.
        let first = midnight.plus(-29 * Timestamp::DAY);
        for at in [midnight.plus(-Timestamp::DAY), midnight.plus(-1), midnight, first, first.plus(-1)] {
            world.services.record_usage(event(ana.member, at));
        }
        world.services.record_usage(event(owner.member, midnight));
        world.services.flush_usage().await;
        let days = world.services.member_details(&owner, ana.member).await.unwrap().days;
        assert_eq!(days.len(), 30);
        assert_eq!((days[0].day, days[29].day), (first, midnight));
        let used: Vec<_> = days.iter().map(|day| day.sum.requests).collect();
        assert_eq!((used[0], used[28], used[29], used.iter().sum::<u64>()), (1, 2, 1, 4));
        assert_eq!(days[28].sum.tokens(), 10);
    }

    async fn a_provider_tells_who_has_it_and_what_it_was_used_for(world) {
        world.organization("ours").await;
        world.organization("theirs").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let bob = world.join("ours", "bob@example.com", Role::Member).await;
        let them = world.join("theirs", "them@example.com", Role::Owner).await;
        let (lab, other) = (world.provider(&owner, "Lab").await, world.provider(&owner, "Other").await);
        world.list_models(&owner, &lab, &["small", "large"]).await;
        for member in [bob.member, ana.member] {
            world.services.add_provider(&owner, member, lab.id).await.unwrap();
        }
        world.services.add_provider(&owner, owner.member, other.id).await.unwrap();
        let event = |provider, member, at: Timestamp, code: Option<&'static str>| UsageEvent {
            organization: owner.organization,
            member,
            key: None,
            provider: Some(provider),
            provider_slug: String::new(),
            model: "m".to_owned(),
            provider_model: String::new(),
            request_id: None,
            attempt: 1,
            endpoint: "chat",
            status: if code.is_none() { 200 } else { 502 },
            code,
            provider_problem: None,
            started_at: at,
            latency_ms: 1,
            first_token_ms: None,
            measured: Measured::reported(2, 3),
            charge: Charge::default(),
            requests: 1,
            budgets: Vec::new(),
        };
        let hour = |n: i64| NOW.plus(-n * Timestamp::HOUR);
        for event in [
            event(lab.id, ana.member, hour(3), None),
            event(lab.id, ana.member, hour(2), None),
            // Failed, elsewhere, and before the days that are shown.
            event(lab.id, ana.member, hour(1), Some("upstream_unreachable")),
            event(other.id, bob.member, hour(1), None),
            event(lab.id, bob.member, hour(24 * 40), None),
        ] {
            world.services.record_usage(event);
        }
        world.services.flush_usage().await;

        let details = world.services.provider_details(&owner, "lab").await.unwrap();
        assert_eq!(details.provider.name, "Lab");
        assert_eq!(details.models, ["large", "small"]);
        assert_eq!(details.provider.health.last_success_at, Some(hour(2)), "whichever was written last");
        let people: Vec<_> = details.members.iter().map(|one| (one.name.as_str(), one.last_used)).collect();
        assert_eq!(people, [("ana", Some(hour(2))), ("bob", None)]);
        let granted = details.members[0].granted.clone().unwrap();
        assert_eq!((granted.at, granted.by.as_deref()), (NOW, Some("olga")));
        assert_eq!(details.days.len(), 30);
        let sum = details.days.iter().fold(UsageSum::default(), |sum, day| sum.plus(day.sum));
        assert_eq!((sum.requests, sum.refused, sum.tokens()), (3, 1, 15));

        for (actor, slug, wanted) in [
            (&them, "lab", ProblemCode::NotFound),
            (&owner, "no\0slug", ProblemCode::NotFound),
            (&ana, "lab", ProblemCode::Forbidden),
        ] {
            assert_eq!(code(world.services.provider_details(actor, slug).await), wanted, "{slug:?}");
        }
    }

    async fn history_is_the_members_own_newest_first_in_pages(world) {
        world.organization("ours").await;
        world.organization("theirs").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let bob = world.join("ours", "bob@example.com", Role::Member).await;
        let them = world.join("theirs", "them@example.com", Role::Owner).await;
        let elsewhere = world.join("theirs", "ana@example.com", Role::Member).await;
        let (ours, theirs) = (world.provider(&owner, "Ours").await, world.provider(&them, "Theirs").await);
        let services = &world.services;
        let key = services.create_key(&ana, ana.member, &key_input("laptop"), &fresh_key()).await.unwrap().key.id;
        services.create_key(&owner, bob.member, &key_input("of bob"), &fresh_key()).await.unwrap();
        services.add_provider(&owner, bob.member, ours.id).await.unwrap();
        services.add_provider(&them, elsewhere.member, theirs.id).await.unwrap();
        services.revoke_key(&owner, key).await.unwrap();
        for n in 0..20 {
            if n % 2 == 0 {
                services.add_provider(&owner, ana.member, ours.id).await.unwrap();
            } else {
                services.remove_provider(&owner, ana.member, ours.id).await.unwrap();
            }
        }
        let first = services.member_history(&owner, ana.member, None).await.unwrap();
        assert_eq!((first.entries.len(), first.older), (20, true));
        assert!(first.entries.is_sorted_by(|a, b| a.id > b.id));
        assert_eq!(first.entries[0].what, "removed Ours from the allowed providers");
        assert_eq!((first.entries[1].by.as_str(), first.entries[1].what.as_str()), ("olga", "allowed Ours"));
        let last = first.entries[19].id;
        let rest = services.member_history(&owner, ana.member, Some(last)).await.unwrap();
        let told: Vec<_> = rest.entries.iter().map(|e| (e.by.as_str(), e.what.as_str())).collect();
        assert_eq!(
            (told, rest.older),
            (
                vec![
                    ("olga", "revoked the virtual key laptop"),
                    ("ana", "created the virtual key laptop"),
                ],
                false
            )
        );
    }
}
