//! What models cost: who sees what of it, and that its parts are the whole.

use crate::common::{NOW, World, code, fresh_key, on_both};
use calamine::{Data, DataType, Reader, Xlsx};
use domain::price::Charge;
use domain::request_log::{REQUESTS_PAGE, RequestQuery};
use domain::spend::{SpendBy, SpendPage, SpendQuery, SpendScope};
use domain::team::TeamPeopleChange;
use domain::usage::{Measured, UsageSource};
use domain::{MemberId, ProblemCode, ProviderId, Role, TeamId, TeamRole, Timestamp};
use services::{Actor, ExportFile, Format, SpendFormat, UsageEvent};

fn event(actor: &Actor, provider: ProviderId, cost: Option<i64>) -> UsageEvent {
    UsageEvent {
        organization: actor.organization,
        member: actor.member,
        key: None,
        provider: Some(provider),
        provider_slug: "lab".to_owned(),
        model: "lab/m".to_owned(),
        provider_model: if cost.is_some() { "m" } else { "new" }.to_owned(),
        request_id: None,
        attempt: 1,
        endpoint: "chat",
        status: 200,
        code: None,
        provider_problem: None,
        started_at: NOW,
        latency_ms: 1,
        first_token_ms: None,
        measured: Measured::reported(100, 10),
        charge: Charge {
            cost,
            ..Charge::NOTHING
        },
        requests: 1,
        budgets: Vec::new(),
    }
}

/// The rows of a sheet, as another library reads them.
fn sheet(file: &ExportFile, name: &str) -> Vec<Vec<Data>> {
    let open = std::fs::File::open(file.file.path()).unwrap();
    let mut workbook = Xlsx::new(std::io::BufReader::new(open)).unwrap();
    let sheet = workbook.worksheet_range(name).unwrap();
    sheet.rows().map(<[Data]>::to_vec).collect()
}

async fn page(world: &World, actor: &Actor, text: &str) -> SpendPage {
    let query = SpendQuery::from_query_string(text);
    world.services.spend(actor, &query).await.unwrap()
}

async fn team(
    world: &World,
    owner: &Actor,
    name: &str,
    lead: Option<MemberId>,
    people: &[MemberId],
) -> TeamId {
    let team = world
        .services
        .create_team(owner, name, &fresh_key())
        .await
        .unwrap();
    let change = TeamPeopleChange {
        added: people.iter().copied().chain(lead).collect(),
        places: lead.map(|lead| (lead, TeamRole::Lead)).into_iter().collect(),
        ..TeamPeopleChange::default()
    };
    world
        .services
        .change_team_people(owner, team.id, &change)
        .await
        .unwrap();
    team.id
}

fn labels(page: &SpendPage) -> Vec<(&str, i64)> {
    page.groups
        .iter()
        .map(|group| (group.label.as_str(), group.sum.cost))
        .collect()
}

on_both! {
    async fn everybody_sees_what_is_theirs_to_see(world) {
        world.organization("ours").await;
        world.organization("theirs").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let auditor = world.join("ours", "aud@example.com", Role::Auditor).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let ben = world.join("ours", "ben@example.com", Role::Member).await;
        let eva = world.join("ours", "eva@example.com", Role::Member).await;
        let stranger = world.join("theirs", "stranger@example.com", Role::Owner).await;
        let lab = world.provider(&owner, "Lab").await.id;
        let sales = team(world, &owner, "Sales", Some(ana.member), &[ben.member]).await;
        let legal = team(world, &owner, "Legal", None, &[ben.member, eva.member]).await;
        for (actor, cost) in [(&ana, 1_000), (&ben, 20_000), (&eva, 300_000), (&stranger, 5_000_000)] {
            world.services.record_usage(event(actor, lab, Some(cost)));
        }
        world.services.flush_usage().await;

        for actor in [&owner, &auditor] {
            let all = page(world, actor, "").await;
            assert_eq!((all.scope, all.total.cost, all.total.requests), (SpendScope::Organization, 321_000, 3));
            assert_eq!(labels(&all).iter().map(|(_, cost)| *cost).collect::<Vec<_>>(), [300_000, 20_000, 1_000]);
            assert_eq!(all.groups[0].detail, "eva@example.com");
        }
        let of_ben = world.services.member_details(&owner, ben.member).await.unwrap().month;
        let of_lab = world.services.provider_details(&owner, "lab").await.unwrap().month;
        assert_eq!((of_ben.cost, of_lab.cost), (20_000, 321_000));
        // Somebody in two teams counts in each of them, and once in the whole.
        let teams = page(world, &owner, "by=team").await;
        assert_eq!(labels(&teams), [("Legal", 320_000), ("Sales", 21_000)]);
        assert_eq!(teams.total.cost, 321_000);

        let led = page(world, &ana, "").await;
        assert_eq!((led.scope, led.total.cost, led.group_count), (SpendScope::Teams, 21_000, 2));
        assert_eq!(labels(&page(world, &ana, "by=team").await), [("Sales", 21_000)], "of Legal she learns nothing");
        assert_eq!(page(world, &ana, &format!("team={}", sales.0)).await.total.cost, 21_000);

        let own = page(world, &ben, "").await;
        assert_eq!((own.scope, own.total.cost, own.group_count), (SpendScope::Own, 20_000, 1));

        let refused = async |actor: &Actor, text: String| {
            code(world.services.spend(actor, &SpendQuery::from_query_string(&text)).await)
        };
        for (actor, text) in [
            (&owner, format!("member={}", stranger.member.0)),
            (&owner, format!("provider={}", lab.0 + 999)),
            (&stranger, format!("member={}", eva.member.0)),
            (&stranger, format!("team={}", sales.0)),
            (&ana, format!("member={}", eva.member.0)),
            (&ana, format!("team={}", legal.0)),
            (&ben, format!("member={}", ana.member.0)),
        ] {
            assert_eq!(refused(actor, text.clone()).await, ProblemCode::NotFound, "{text}");
        }
        // Who has spent nothing can be asked about all the same.
        let nothing = page(world, &owner, &format!("member={}", auditor.member.0)).await;
        assert_eq!((nothing.total.requests, nothing.narrowed.len()), (0, 1));
    }

    async fn requests_are_listed_to_their_end_and_only_to_whom_they_concern(world) {
        world.organization("ours").await;
        world.organization("theirs").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let ben = world.join("ours", "ben@example.com", Role::Member).await;
        let stranger = world.join("theirs", "stranger@example.com", Role::Owner).await;
        let lab = world.provider(&owner, "Lab").await.id;
        team(world, &owner, "Sales", Some(ana.member), &[ben.member]).await;
        let shown = i64::from(REQUESTS_PAGE);
        for n in 0..shown + 7 {
            // Several of one instant.
            let started_at = NOW.plus(-(n / 3) * Timestamp::SECOND);
            world.services.record_usage(UsageEvent { started_at, ..event(if n % 2 == 0 { &owner } else { &ben }, lab, Some(n)) });
        }
        world.services.flush_usage().await;
        let list = async |actor: &Actor, text: &str| {
            world.services.requests(actor, &RequestQuery::from_query_string(text)).await.unwrap()
        };
        let first = list(&owner, "").await;
        assert_eq!(first.rows.len() as i64, shown);
        let rest = RequestQuery { before: first.next, ..RequestQuery::default() };
        let second = list(&owner, &rest.to_query_string()).await;
        assert_eq!((second.rows.len(), second.next), (7, None));
        let mut costs: Vec<_> = first.rows.iter().chain(&second.rows).map(|row| row.cost.unwrap()).collect();
        assert!(first.rows.is_sorted_by(|a, b| a.place.at >= b.place.at));
        costs.sort_unstable();
        assert_eq!(costs, (0..shown + 7).collect::<Vec<_>>(), "none twice and none left out");

        let bens = shown / 2 + 3;
        assert_eq!(list(&ana, "").await.rows.len() as i64, bens);
        assert_eq!(list(&ben, "").await.rows.len() as i64, bens);
        assert!(list(&ben, "").await.rows.iter().all(|row| row.member == ben.member));
        assert_eq!(list(&stranger, "").await.rows, []);
        assert_eq!(list(&owner, "model=new").await.rows, []);
        assert_eq!(list(&owner, "model=m&end=failed").await.rows, []);
        assert_eq!(list(&owner, "model=lab/m&key=0&end=answered&until=2000-01-01").await.rows, []);

        // What a query names is called by its name, and what is another's is not found.
        let narrowed = list(&owner, &format!("member={}&key=0", ben.member.0)).await;
        let named: Vec<_> = narrowed.narrowed.iter().map(|(by, label)| (*by, label.as_str())).collect();
        assert_eq!(named, [(SpendBy::Member, "ben"), (SpendBy::Key, "Chat")]);
        assert_eq!(narrowed.providers.len(), 1);
        assert_eq!(list(&ben, "").await.providers, [], "he may use none");
        let others = RequestQuery::from_query_string(&format!("member={}", ben.member.0));
        assert_eq!(code(world.services.requests(&stranger, &others).await), ProblemCode::NotFound);

        let own = first.rows.iter().find(|row| row.member == owner.member).unwrap();
        assert_eq!(world.services.request(&owner, own.place.id).await.unwrap().row, *own);
        for actor in [&ana, &ben, &stranger] {
            assert_eq!(code(world.services.request(actor, own.place.id).await), ProblemCode::NotFound);
        }
        let query = RequestQuery::from_query_string("until=soon");
        assert_eq!(code(world.services.requests(&owner, &query).await), ProblemCode::Invalid);
    }

    async fn the_files_hold_what_the_pages_show(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let ben = world.join("ours", "ben@example.com", Role::Member).await;
        let lab = world.provider(&owner, "Lab").await.id;
        for n in 0..i64::from(REQUESTS_PAGE) + 5 {
            let who = if n % 2 == 0 { &owner } else { &ben };
            world.services.record_usage(UsageEvent { model: "=1+1".to_owned(), ..event(who, lab, Some(1_500_000_000)) });
        }
        world.services.record_usage(event(&ben, lab, None));
        world.services.flush_usage().await;
        let services = &world.services;

        let file = services.export_requests(&owner, &RequestQuery::default(), Format::Xlsx).await.unwrap();
        let rows = sheet(&file, "Requests");
        assert_eq!((rows.len() as u64, file.rows), (57, 56), "over all pages, with a header");
        assert_eq!(rows[1][13], Data::Empty, "the newest has no price");
        assert_eq!(rows[2][13], Data::Float(1.5));
        assert_eq!(rows[2][4], Data::String("m".to_owned()));
        let own = services.export_requests(&ben, &RequestQuery::from_query_string("model=%3D1%2B1"), Format::Json).await.unwrap();
        let own: serde_json::Value = serde_json::from_slice(&std::fs::read(own.file.path()).unwrap()).unwrap();
        let own = own["rows"].as_array().unwrap();
        assert_eq!(own.len(), 27);
        assert!(own.iter().all(|row| row["member"] == ben.member.0 && row["cost_usd"] == "1.500000000"));

        let file = services.export_spend(&owner, &SpendQuery::default(), SpendFormat::Xlsx).await.unwrap();
        let rows = sheet(&file, "Spend");
        let whole: f64 = rows[1..].iter().filter_map(|row| row[11].get_float()).sum();
        assert_eq!((rows.len(), whole), (4, 82.5));
        assert_eq!(rows[1..].iter().filter(|row| row[11] == Data::Empty).count(), 1);
    }

    async fn the_parts_are_the_whole_however_they_are_cut(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let labs = [world.provider(&owner, "Lab").await.id, world.provider(&owner, "Works").await.id];
        for n in 0..40_i64 {
            let cost = (n % 4 > 0).then_some(n * 1_000_000_001);
            let mut event = event(if n % 3 == 0 { &owner } else { &ana }, labs[usize::from(n % 2 == 0)], cost);
            if n % 5 == 0 {
                event.measured.source = UsageSource::Estimated;
            }
            event.started_at = NOW.plus(-(n % 6) * Timestamp::DAY);
            world.services.record_usage(event);
        }
        world.services.flush_usage().await;
        let cost: i64 = (0..40).filter(|n| n % 4 > 0).map(|n| n * 1_000_000_001).sum();
        let estimated: i64 = (0..40).filter(|n| n % 4 > 0 && n % 5 == 0).map(|n| n * 1_000_000_001).sum();
        for by in SpendBy::ALL {
            let page = page(world, &owner, &format!("span=30-days&by={by}")).await;
            assert_eq!((page.total.cost, page.total.estimated), (cost, estimated), "{by}");
            assert_eq!((page.total.requests, page.total.tokens(), page.total.unpriced), (40, 4_400, 10));
            assert_eq!(page.by_day.len(), 30);
            assert_eq!(page.by_day.iter().map(|(_, sum)| sum.cost).sum::<i64>(), cost);
            assert_eq!(page.groups.iter().map(|group| group.sum.cost).sum::<i64>(), cost, "{by}");
            assert!(page.groups.is_sorted_by(|a, b| a.sum.cost >= b.sum.cost), "{by}");
            assert_eq!(page.groups.len(), page.group_count as usize);
            // What has no price is told as such, and narrowed like the rest.
            let unpriced: Vec<_> = page.unpriced.iter().map(|model| (model.model.as_str(), model.sum.unpriced)).collect();
            assert_eq!(unpriced, [("new", 10)], "{by}");
            for group in &page.groups {
                let query = SpendQuery::from_query_string(&format!("span=30-days&by={by}")).of_group(group);
                let of_group = world.services.spend(&owner, &query).await.unwrap();
                assert_eq!(of_group.total, group.sum, "{by} {}", group.label);
            }
        }
        assert_eq!(page(world, &owner, "span=30-days&model=new").await.total.cost, 0);
        assert_eq!(code(world.services.spend(&owner, &SpendQuery::from_query_string("from=2026-02-30")).await), ProblemCode::Invalid);
    }

    async fn sums_at_the_end_of_all_numbers_are_shown(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "olga@example.com", Role::Owner).await;
        let lab = world.provider(&owner, "Lab").await.id;
        for key in 0..3 {
            let mut event = event(&owner, lab, Some(i64::MAX));
            event.measured = Measured::reported(u64::MAX, u64::MAX);
            event.key = Some(domain::KeyId(key + 1));
            world.services.record_usage(event);
        }
        world.services.flush_usage().await;
        let page = page(world, &owner, "by=key").await;
        assert_eq!((page.total.cost, page.total.requests, page.group_count), (i64::MAX, 3, 3));
        assert_eq!(page.groups[0].label, "Deleted key");
    }
}
