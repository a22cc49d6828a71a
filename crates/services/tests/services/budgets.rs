//! Budgets: how they follow what an organization changes.

use crate::common::{NOW, World, code, on_both};
use crate::peer::Peer;
use domain::audit::AuditAction;
use domain::budgets::{BudgetChange, BudgetInput, BudgetView};
use domain::member::ProvidersChange;
use domain::provider::ProviderView;
use domain::usage::Measured;
use domain::{ProblemCode, Role, Timestamp};
use services::{Actor, Config, Services, UsageEvent};

/// An owner who may use a provider that offers the model `m`.
async fn place(world: &World) -> (Actor, ProviderView) {
    world.organization("ours").await;
    let owner = world.join("ours", "owner@example.com", Role::Owner).await;
    let provider = world.provider(&owner, "Lab").await;
    world.list_models(&owner, &provider, &["m"]).await;
    allow(world, &owner, &owner, &provider).await;
    (owner, provider)
}

async fn allow(world: &World, owner: &Actor, who: &Actor, provider: &ProviderView) {
    let change = ProvidersChange {
        version: 1,
        added: vec![provider.id],
        removed: Vec::new(),
    };
    world
        .services
        .set_providers(owner, who.member, &change)
        .await
        .unwrap();
}

fn requests(limit: &str, period: &str) -> BudgetInput {
    BudgetInput {
        scope: "organization".into(),
        unit: "requests".into(),
        limit: limit.into(),
        period: period.into(),
        mode: "strict".into(),
        ..BudgetInput::default()
    }
}

/// One request in Chat that is answered and written down; false when a budget stops it.
async fn ask(world: &World, who: &Actor, provider: &ProviderView) -> bool {
    ask_at(&world.services, who, provider).await
}

/// The same at another server.
async fn ask_at(services: &Services, who: &Actor, provider: &ProviderView) -> bool {
    let now = services.now();
    let chosen = services
        .snapshot()
        .choose_signed_in(who.organization, who.member, provider.id, "m", now);
    let (caller, to) = chosen.unwrap();
    let Ok(held) = services.admit(&caller, &to, "m", || Measured::reported(10, 10)) else {
        return false;
    };
    let measured = Measured::reported(10, 10);
    let charge = services.charge(who.organization, &to, "m", now, &measured);
    let budgets = held.map(|held| held.settle(&measured, charge.cost, now));
    services.record_usage(UsageEvent {
        organization: who.organization,
        member: who.member,
        key: None,
        provider: Some(to.id),
        provider_slug: to.slug.clone(),
        model: "m".to_owned(),
        provider_model: "m".to_owned(),
        request_id: None,
        attempt: 1,
        endpoint: "chat",
        status: 200,
        code: None,
        provider_problem: None,
        started_at: now,
        latency_ms: 1,
        first_token_ms: None,
        measured,
        charge,
        requests: 1,
        budgets: budgets.unwrap_or_default(),
    });
    services.flush_usage().await;
    true
}

async fn only(world: &World, owner: &Actor) -> BudgetView {
    let mut list = world.services.budgets(owner).await.unwrap().budgets;
    assert_eq!(list.len(), 1);
    list.remove(0)
}

on_both! {
    async fn a_period_under_way_goes_on_in_another_time_zone(world) {
        let (owner, provider) = place(world).await;
        let services = &world.services;
        services.create_budget(&owner, &requests("3", "day")).await.unwrap();
        for _ in 0..2 {
            assert!(ask(world, &owner, &provider).await);
        }
        let instant = |text: &str| Timestamp::read(text).unwrap();
        assert_eq!(only(world, &owner).await.renews_at, Some(instant("2026-03-02T00:00:00Z")));

        // It is noon in UTC and five in the morning in Los Angeles: the day ends eight hours later than it would have.
        services.set_time_zone(&owner, "america/los_angeles").await.unwrap();
        let seen = only(world, &owner).await;
        assert_eq!(seen.spent, "2 of 3 requests", "nothing is forgotten");
        assert_eq!(seen.renews_at, Some(instant("2026-03-02T08:00:00Z")));
        world.clock.set(instant("2026-03-02T07:59:59Z"));
        assert!(ask(world, &owner, &provider).await);
        assert!(!ask(world, &owner, &provider).await, "nothing is given twice");

        // What another server begins with is the same.
        let tx = world.store.read().await.unwrap();
        let stored = store::budgets::list(&tx, owner.organization).await.unwrap();
        drop(tx);
        assert_eq!(stored[0].spent, 3);
        assert_eq!(stored[0].spent_from, Some(instant("2026-03-01T00:00:00Z")));

        world.clock.set(instant("2026-03-02T08:00:00Z"));
        assert!(ask(world, &owner, &provider).await, "the first day of the new zone");
        let seen = only(world, &owner).await;
        assert_eq!((seen.spent.as_str(), seen.renews_at), ("1 of 3 requests", Some(instant("2026-03-03T08:00:00Z"))));

        let settings = services.organization_settings(&owner).await.unwrap();
        assert_eq!(settings.time_zone, "America/Los_Angeles");
        assert!(settings.time_zones.iter().any(|zone| zone == "Asia/Kathmandu"));
        assert_eq!(services.budgets(&owner).await.unwrap().zone, "America/Los_Angeles");
        services.set_time_zone(&owner, "America/Los_Angeles").await.unwrap();
        assert_eq!(code(services.set_time_zone(&owner, "Mars/Olympus").await), ProblemCode::Invalid);
        let deeds = world.audit(owner.organization).await;
        assert_eq!(deeds.iter().filter(|deed| deed.action == AuditAction::TimeZoneChange).count(), 1);
    }

    async fn a_month_begins_on_the_day_that_was_chosen(world) {
        let (owner, provider) = place(world).await;
        let input = BudgetInput { anchor: "31".into(), ..requests("1", "month") };
        world.services.create_budget(&owner, &input).await.unwrap();
        assert!(ask(world, &owner, &provider).await);
        let seen = only(world, &owner).await;
        assert_eq!(seen.period, "Month from day 31");
        assert_eq!(seen.renews_at, Timestamp::read("2026-03-31T00:00:00Z"));
        world.clock.set(NOW.plus(30 * Timestamp::DAY));
        assert!(ask(world, &owner, &provider).await, "in the next month");
        assert_eq!(only(world, &owner).await.renews_at, Timestamp::read("2026-04-30T00:00:00Z"));
    }

    async fn each_level_is_mailed_once_in_a_period_whichever_server_writes_it(world) {
        let (owner, provider) = place(world).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        allow(world, &owner, &ana, &provider).await;
        world.join("ours", "auditor@example.com", Role::Auditor).await;
        let input = BudgetInput {
            scope: "member".into(),
            name: ana.email.clone(),
            warn: "50, 100".into(),
            mode: "normal".into(),
            ..requests("4", "day")
        };
        let budget = world.services.create_budget(&owner, &input).await.unwrap();
        let mut peer = Peer::start().await;
        let config = Config { mailer: Some(peer.mailer.clone()), ..world.config.clone() };
        let one = Services::open(config.clone()).await.unwrap();
        let two = Services::open(config).await.unwrap();
        let mut told = async || {
            one.deliver_due_mail().await.unwrap();
            let mut told: Vec<String> = peer
                .rest()
                .into_iter()
                .map(|mail| {
                    let subject = mail.text.lines().find_map(|line| line.strip_prefix("Subject: "));
                    format!("{}: {}", mail.to, subject.unwrap_or_default())
                })
                .collect();
            told.sort();
            told
        };
        let both = |percent: &str| {
            let subject = format!("{percent} % of a budget is spent: Member ana");
            vec![format!("ana@example.com: {subject}"), format!("owner@example.com: {subject}")]
        };
        assert!(ask_at(&one, &ana, &provider).await);
        assert_eq!(told().await, Vec::<String>::new());
        assert!(ask_at(&two, &ana, &provider).await);
        assert_eq!(told().await, both("50"), "what both wrote counts");
        assert!(ask_at(&one, &ana, &provider).await);
        assert!(ask_at(&two, &ana, &provider).await);
        assert_eq!(told().await, both("100"));
        // Let pass or not, by what it knows of the other.
        ask_at(&one, &ana, &provider).await;
        assert_eq!(told().await, Vec::<String>::new(), "of each once");

        // Another limit is looked at as well; what was told of stays told of.
        let change = |limit: &str, version| BudgetChange {
            limit: limit.into(),
            mode: "normal".into(),
            warn: "50, 80, 100".into(),
            version,
        };
        one.change_budget(&owner, budget, &change("6", 1)).await.unwrap();
        assert_eq!(told().await, Vec::<String>::new());

        world.clock.set(NOW.plus(Timestamp::DAY));
        for _ in 0..3 {
            assert!(ask_at(&one, &ana, &provider).await);
        }
        assert_eq!(told().await, both("50"), "in each period anew");
        one.change_budget(&owner, budget, &change("3", 2)).await.unwrap();
        assert_eq!(told().await, both("100"), "by the limit");
    }

    async fn what_another_server_let_pass_counts(world) {
        let (owner, provider) = place(world).await;
        world.services.create_budget(&owner, &requests("5", "month")).await.unwrap();
        let other = Services::open(world.config.clone()).await.unwrap();
        let seen = async |services: &Services, spent: &str| {
            // It looks by itself; a test that waits for ever fails.
            while services.budgets(&owner).await.unwrap().budgets[0].spent != spent {
                tokio::task::yield_now().await;
            }
        };
        for _ in 0..2 {
            assert!(ask(world, &owner, &provider).await);
        }
        seen(&other, "2 of 5 requests").await;
        for _ in 0..2 {
            assert!(ask_at(&other, &owner, &provider).await);
        }
        assert!(ask(world, &owner, &provider).await);
        seen(&world.services, "5 of 5 requests").await;
        seen(&other, "5 of 5 requests").await;
        assert!(!ask(world, &owner, &provider).await);
        assert!(!ask_at(&other, &owner, &provider).await);
    }

    async fn a_preview_tells_whom_a_limit_would_have_stopped(world) {
        let (owner, provider) = place(world).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        allow(world, &owner, &ana, &provider).await;
        for (day, who, times) in [("02-10", &owner, 2), ("02-12", &ana, 2), ("02-20", &owner, 1)] {
            world.clock.set(Timestamp::read(&format!("2026-{day}T09:00:00Z")).unwrap());
            for _ in 0..times {
                assert!(ask(world, who, &provider).await);
            }
        }
        world.clock.set(NOW);
        let services = &world.services;
        let told = async |input: BudgetInput| services.preview_budget(&owner, &input).await.unwrap();
        let reached = [
            "From 1 Feb 2026 to 28 Feb 2026 (UTC), this limit would have been reached once:",
            "12 Feb 2026: 5 of 3 requests by the end of the period. ana and owner asked on that day or later in the period.",
        ];
        assert_eq!(told(requests("3", "month")).await, reached);
        assert_eq!(
            told(requests("3", "day")).await,
            ["From 1 Feb 2026 to 28 Feb 2026 (UTC), this limit would have stopped nobody: at most 2 requests were spent in one period."]
        );
        let hers = |limit: &str| BudgetInput { scope: "member".into(), name: ana.email.clone(), ..requests(limit, "week") };
        assert_eq!(told(hers("2")).await[1], "12 Feb 2026: 2 of 2 requests by the end of the period. ana asked on that day or later in the period.");
        assert_eq!(told(hers("3")).await.len(), 1);
        assert!(told(requests("3", "hour")).await[0].contains("cannot be told"));

        let budget = services.create_budget(&owner, &requests("100", "month")).await.unwrap();
        assert_eq!(services.preview_limit(&owner, budget, "3").await.unwrap(), reached);
        assert_eq!(code(services.preview_limit(&owner, budget, "three").await), ProblemCode::Invalid);
        assert_eq!(code(services.preview_budget(&ana, &requests("3", "month")).await), ProblemCode::Forbidden);
        assert_eq!(services.budgets(&owner).await.unwrap().budgets.len(), 1, "nothing is made");
    }
}
