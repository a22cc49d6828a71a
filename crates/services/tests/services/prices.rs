//! Own prices: from when on they hold, what a request costs by them, and pricing a past span again.

use crate::common::{NOW, World, code, on_both};
use domain::audit::AuditAction;
use domain::member::ProvidersChange;
use domain::prices::{PriceInput, PriceList, PricedModel, RepriceInput};
use domain::provider::ProviderView;
use domain::request_log::RequestQuery;
use domain::spend::SpendQuery;
use domain::usage::{Bucket, Measured};
use domain::{PriceId, ProblemCode, Role, Timestamp};
use services::{Actor, Services, UsageEvent};
use store::testing::{spent, usage_sums_that_differ};

/// An owner who may use a provider that offers `m` and `n`, neither of which has a shipped price.
async fn place(world: &World) -> (Actor, ProviderView) {
    world.organization("ours").await;
    let owner = world.join("ours", "owner@example.com", Role::Owner).await;
    let provider = world.provider(&owner, "Lab").await;
    world.list_models(&owner, &provider, &["m", "n"]).await;
    let change = ProvidersChange {
        version: 1,
        added: vec![provider.id],
        removed: Vec::new(),
    };
    let services = &world.services;
    services
        .set_providers(&owner, owner.member, &change)
        .await
        .unwrap();
    (owner, provider)
}

fn price(provider: &ProviderView, model: &str, from: &str, dollars: &str) -> PriceInput {
    PriceInput {
        provider: provider.id.to_string(),
        model: model.into(),
        from: from.into(),
        rates: vec![
            (Bucket::InputText, dollars.into()),
            (Bucket::OutputText, dollars.into()),
        ],
    }
}

/// A request of a thousand tokens, answered at an instant and written down. Its cost.
async fn ask(
    services: &Services,
    who: &Actor,
    provider: &ProviderView,
    model: &str,
    at: Timestamp,
) -> Option<i64> {
    let chosen = services.snapshot().choose_signed_in(
        who.organization,
        who.member,
        provider.id,
        model,
        services.now(),
    );
    let (_, to) = chosen.unwrap();
    let measured = Measured::reported(900, 100);
    let charge = services.charge(who.organization, &to, model, at, &measured);
    let cost = charge.cost;
    services.record_usage(UsageEvent {
        organization: who.organization,
        member: who.member,
        key: None,
        provider: Some(to.id),
        provider_slug: to.slug.clone(),
        model: model.to_owned(),
        provider_model: model.to_owned(),
        request_id: None,
        attempt: 1,
        endpoint: "chat",
        status: 200,
        code: None,
        provider_problem: None,
        started_at: at,
        latency_ms: 1,
        first_token_ms: None,
        measured,
        charge,
        requests: 1,
        budgets: Vec::new(),
    });
    services.flush_usage().await;
    cost
}

async fn list(world: &World, owner: &Actor) -> PriceList {
    world.services.prices(owner, "", "").await.unwrap()
}

fn model<'a>(list: &'a PriceList, name: &str) -> &'a PricedModel {
    list.models.iter().find(|model| model.model == name).unwrap()
}

/// A million nano-dollars are a tenth of a cent: what a thousand tokens cost at a dollar a million.
const TENTH_OF_A_CENT: i64 = 1_000_000;

on_both! {
    async fn a_price_holds_from_its_first_instant_on_and_is_never_changed(world) {
        let (owner, provider) = place(world).await;
        let services = &world.services;
        assert_eq!(ask(services, &owner, &provider, "m", NOW).await, None, "unknown, not nothing");
        let before = list(world, &owner).await;
        assert_eq!((model(&before, "m").unpriced, &model(&before, "m").price), (1, &None));

        services.set_price(&owner, &price(&provider, "m", "", "1")).await.unwrap();
        services.set_price(&owner, &price(&provider, "*", "2026-02-01", "0")).await.unwrap();
        // The day after the test's.
        services.set_price(&owner, &price(&provider, "m", "2026-03-02", "3")).await.unwrap();
        let tomorrow = Timestamp::read("2026-03-02T00:00:00Z").unwrap();
        assert_eq!(ask(services, &owner, &provider, "m", NOW).await, Some(TENTH_OF_A_CENT));
        assert_eq!(ask(services, &owner, &provider, "m", tomorrow.plus(-1)).await, Some(TENTH_OF_A_CENT));
        assert_eq!(ask(services, &owner, &provider, "m", tomorrow).await, Some(3 * TENTH_OF_A_CENT));
        assert_eq!(ask(services, &owner, &provider, "n", NOW).await, Some(0), "free is a price");
        let now = list(world, &owner).await;
        assert_eq!(now.models.len(), 2);
        assert!(now.models.iter().all(|model| model.price.is_some()));
        assert_eq!(now.own.len(), 3);
        assert_eq!(now.own[1].until, Some(tomorrow), "succeeded");

        // What serves again afterwards is the pattern.
        services.end_price(&owner, PriceId(now.own[0].id.0), "2026-03-03").await.unwrap();
        let later = Timestamp::read("2026-03-03T00:00:00Z").unwrap();
        assert_eq!(ask(services, &owner, &provider, "m", later).await, Some(0));
        assert_eq!(ask(services, &owner, &provider, "m", later.plus(-1)).await, Some(3 * TENTH_OF_A_CENT));

        // One that others follow cannot be ended after them, and one that has not begun never does.
        let first = now.own.iter().find(|price| price.until == Some(tomorrow)).unwrap().id;
        assert_eq!(code(services.end_price(&owner, first, "2026-03-02").await), ProblemCode::Invalid);
        let far = services.set_price(&owner, &price(&provider, "m", "2027-01-01", "9")).await.unwrap();
        services.end_price(&owner, far, "").await.unwrap();
        let new_year = Timestamp::read("2027-01-01T00:00:00Z").unwrap();
        assert_eq!(ask(services, &owner, &provider, "m", new_year).await, Some(0));

        // Another server begins with the same.
        let other = Services::open(world.config.clone()).await.unwrap();
        assert_eq!(ask(&other, &owner, &provider, "m", tomorrow).await, Some(3 * TENTH_OF_A_CENT));
        let log = world.audit(owner.organization).await;
        let of = |action: AuditAction| log.iter().filter(|row| row.action == action).count();
        assert_eq!((of(AuditAction::PriceSet), of(AuditAction::PriceEnd)), (4, 2));
    }

    async fn what_is_typed_wrong_names_its_field(world) {
        let (owner, provider) = place(world).await;
        let good = price(&provider, "m", "", "1");
        let refused = |input: PriceInput| {
            let (services, owner) = (world.services.clone(), owner.clone());
            async move { services.set_price(&owner, &input).await.unwrap_err().problem() }
        };
        for (field, input) in [
            ("provider", PriceInput { provider: "999".into(), ..good.clone() }),
            ("provider", PriceInput { provider: String::new(), ..good.clone() }),
            ("model", PriceInput { model: "a\0b".into(), ..good.clone() }),
            ("from", PriceInput { from: "31.12.2026".into(), ..good.clone() }),
            ("output_text", PriceInput { rates: good.rates[..1].to_vec(), ..good.clone() }),
        ] {
            let problem = refused(input).await;
            assert_eq!((problem.code, problem.fields[0].field.as_str()), (ProblemCode::Invalid, field));
        }
        // Another organization's provider is none.
        world.organization("theirs").await;
        let stranger = world.join("theirs", "stranger@example.com", Role::Owner).await;
        assert_eq!(code(world.services.set_price(&stranger, &good).await), ProblemCode::Invalid);
    }

    async fn a_span_is_priced_again_after_a_preview_and_every_sum_follows(world) {
        let (owner, provider) = place(world).await;
        let services = &world.services;
        for n in 0..40_i64 {
            let name = ["m", "n"][usize::try_from(n % 2).unwrap()];
            // Some of them on the next day.
            ask(services, &owner, &provider, name, NOW.plus(n * Timestamp::HOUR)).await;
        }
        services.set_price(&owner, &price(&provider, "m", "2026-02-01", "1")).await.unwrap();
        let days = RepriceInput {
            provider: provider.id.to_string(),
            model: String::new(),
            from: "2026-03-01".into(),
            until: "2026-03-02".into(),
        };
        let seen = services.preview_repricing(&owner, &days).await.unwrap();
        // From noon on, to the midnight after the next.
        assert_eq!((seen.requests, seen.changed, seen.before, seen.after), (36, 18, 0, 18 * TENTH_OF_A_CENT));
        assert_eq!((seen.unpriced_before, seen.unpriced_after), (36, 18));
        assert_eq!(spent(&world.store).await.unwrap(), (0, 40), "a preview changes nothing");

        // What came after the preview is none of it.
        assert_eq!(ask(services, &owner, &provider, "m", NOW).await, Some(TENTH_OF_A_CENT));
        services.reprice(&owner, &days, &seen.seen).await.unwrap();
        assert_eq!(spent(&world.store).await.unwrap(), (19 * TENTH_OF_A_CENT, 22));
        assert_eq!(usage_sums_that_differ(&world.store).await.unwrap(), 0);
        assert_eq!(code(services.reprice(&owner, &days, &seen.seen).await), ProblemCode::Conflict, "not twice");
        let page = services.spend(&owner, &SpendQuery::from_query_string("from=2026-03-01&until=2026-03-04")).await;
        assert_eq!(page.unwrap().total.cost, 19 * TENTH_OF_A_CENT);

        // The request says what it cost, and what was known before.
        let requests = services.requests(&owner, &RequestQuery::from_query_string("model=m")).await.unwrap();
        let first = requests.rows.iter().find(|row| row.corrected.is_some()).unwrap();
        let receipt = services.request(&owner, first.place.id).await.unwrap();
        assert_eq!((receipt.row.cost, receipt.row.corrected.unwrap().cost), (Some(TENTH_OF_A_CENT), None));
        let told = receipt.price.unwrap();
        assert!(told.own);
        assert_eq!(told.rates.len(), 2, "what was used, and no more");

        // And back again, by another price of the same days.
        services.set_price(&owner, &price(&provider, "m", "2026-02-01", "5")).await.unwrap();
        let seen = services.preview_repricing(&owner, &days).await.unwrap();
        assert_eq!((seen.changed, seen.before, seen.after), (19, 19 * TENTH_OF_A_CENT, 95 * TENTH_OF_A_CENT));
        services.reprice(&owner, &days, &seen.seen).await.unwrap();
        services.set_price(&owner, &price(&provider, "m", "2026-02-01", "0")).await.unwrap();
        let seen = services.preview_repricing(&owner, &days).await.unwrap();
        services.reprice(&owner, &days, &seen.seen).await.unwrap();
        assert_eq!(spent(&world.store).await.unwrap(), (0, 22), "sums go down as well");
        assert_eq!(usage_sums_that_differ(&world.store).await.unwrap(), 0);
        assert_eq!(services.preview_repricing(&owner, &days).await.unwrap().changed, 0);
    }
}
