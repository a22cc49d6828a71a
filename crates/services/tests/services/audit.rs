//! The audit log as it is read.

use crate::common::{World, fresh_key, on_both};
use domain::audit::{AuditKind, AuditPage, AuditQuery};
use domain::bulk::{ApplyInput, ApplyOutcome, BulkChange, BulkInput, Selection};
use domain::limits::AUDIT_PAGE;
use domain::{Role, Timestamp};
use serde_json::Value;
use services::Actor;

async fn log(world: &World, actor: &Actor, text: &str) -> AuditPage {
    let query = AuditQuery::from_query_string(text);
    world.services.audit_log(actor, &query).await.unwrap()
}

fn abouts(page: &AuditPage) -> Vec<&str> {
    page.entries.iter().map(|entry| entry.about.as_str()).collect()
}

on_both! {
    async fn the_log_is_narrowed_by_words_kinds_and_days_and_read_to_its_end(world) {
        world.organization("ours").await;
        world.organization("theirs").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let stranger = world.join("theirs", "stranger@example.com", Role::Owner).await;
        world.services.create_team(&stranger, "Elsewhere", &fresh_key()).await.unwrap();
        for n in 0..i32::try_from(AUDIT_PAGE).unwrap() + 3 {
            world.services.create_team(&owner, &format!("Équipe {n}"), &fresh_key()).await.unwrap();
        }
        world.provider(&owner, "OpenAI").await;

        let first = log(world, &owner, "").await;
        assert_eq!(first.entries.len(), AUDIT_PAGE as usize);
        assert_eq!((first.entries[0].about.as_str(), first.entries[0].by_email.as_str()), ("OpenAI", "owner@example.com"));
        assert_eq!(first.entries[0].what, "registered the provider OpenAI");
        let second = log(world, &owner, &format!("before={}", first.next.unwrap())).await;
        assert_eq!(second.next, None);
        let teams = abouts(&first).into_iter().chain(abouts(&second)).filter(|about| about.starts_with("Équipe"));
        assert_eq!(teams.count(), AUDIT_PAGE as usize + 3);
        assert!(!abouts(&first).contains(&"Elsewhere") && !abouts(&second).contains(&"Elsewhere"));

        // Letters with and without marks are found, and each word counts.
        assert_eq!(abouts(&log(world, &owner, "q=EQUIPE+12").await), ["Équipe 12"]);
        assert_eq!(log(world, &owner, "q=equipe+stranger").await.entries, []);
        let only = log(world, &owner, "kind=provider").await;
        assert!(only.entries.iter().all(|entry| entry.kind == AuditKind::Provider) && only.entries.len() == 1);
        let today = world.services.now().date();
        let tomorrow = world.services.now().plus(Timestamp::DAY).date();
        assert_eq!(log(world, &owner, &format!("kind=provider&from={today}&until={today}")).await.entries.len(), 1);
        assert_eq!(log(world, &owner, &format!("from={tomorrow}")).await.entries, []);
    }

    async fn the_file_holds_all_that_is_shown_over_all_pages(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        for n in 0..AUDIT_PAGE + 2 {
            world.services.create_team(&owner, &format!("Team {n}"), &fresh_key()).await.unwrap();
        }
        let query = AuditQuery::from_query_string("kind=team&q=team&before=5");
        let file = world.services.export_audit(&owner, &query).await.unwrap();
        let json: Value = serde_json::from_reader(file.file.reopen().unwrap()).unwrap();
        let actions = json["actions"].as_array().unwrap();
        assert_eq!((actions.len(), file.rows), (AUDIT_PAGE as usize + 2, u64::from(AUDIT_PAGE) + 2));
        assert_eq!(actions[0]["about"], format!("Team {}", AUDIT_PAGE + 1));
        assert_eq!((&actions[0]["action"], &actions[0]["kind"]), (&"team.create".into(), &"team".into()));
        assert_eq!(json["organization"]["slug"], "ours");
        let nothing = AuditQuery::from_query_string("q=nobody");
        let file = world.services.export_audit(&owner, &nothing).await.unwrap();
        let json: Value = serde_json::from_reader(file.file.reopen().unwrap()).unwrap();
        assert_eq!(json["actions"], serde_json::json!([]));
    }

    async fn a_change_of_many_rows_can_be_undone_from_the_log_while_there_is_time(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let member = world.join("ours", "member@example.com", Role::Member).await.member;
        let provider = world.provider(&owner, "OpenAI").await.id;
        let asked = BulkInput {
            selection: Selection::Ids(vec![member]),
            change: BulkChange { add_providers: vec![provider], ..BulkChange::default() },
        };
        let shown = world.services.bulk_preview(&owner, &asked).await.unwrap();
        let input = ApplyInput { asked, fingerprint: shown.fingerprint, idempotency_key: fresh_key() };
        let ApplyOutcome::Applied { change, .. } = world.services.bulk_apply(&owner, &input).await.unwrap() else {
            panic!("nothing changed meanwhile")
        };
        let undo = async || log(world, &owner, "kind=bulk").await.entries.iter().find_map(|entry| entry.undo);
        assert_eq!(undo().await, Some(change));
        world.clock.set(world.services.now().plus(10 * Timestamp::MINUTE));
        assert_eq!(undo().await, None);
    }
}
