//! Past access: whatever is done, each past instant is told as it was.

use crate::common::{World, code, fresh_key, here, invited, on_both, provider_input};
use domain::access::ModelList;
use domain::as_of::{AsOfQuery, AsOfRow};
use domain::bulk::{ApplyInput, ApplyOutcome, BulkChange, BulkInput, RowAction, Selection};
use domain::ends::TermsChange;
use domain::invite::AcceptInput;
use domain::member::{MemberRow, ProvidersChange, TeamsChange};
use domain::provider::ProviderRef;
use domain::query::MemberQuery;
use domain::scim::{ScimTokenInput, TokenLifetime};
use domain::team::{TeamPeopleChange, TeamView};
use domain::{BulkChangeId, MemberId, MemberStatus, ProblemCode, ProviderId, Role, TeamId, Timestamp};
use serde_json::{Map, Value, json};
use services::{Actor, Format, Precondition, ScimConnection, ScimKind};
use std::collections::BTreeMap;

/// Operations of one sequence.
const STEPS: usize = 120;

/// Numbers that look random and are the same each time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % most as u64) as usize
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        (!of.is_empty()).then(|| &of[self.below(of.len())])
    }
}

/// What is there to be changed.
struct Stage<'a> {
    world: &'a World,
    owner: Actor,
    directory: ScimConnection,
    dice: Dice,
    tokens: BTreeMap<MemberId, String>,
    bulk: Option<BulkChangeId>,
    made: u32,
}

impl Stage<'_> {
    async fn rows(&self) -> Vec<MemberRow> {
        let query = MemberQuery::default();
        let mut rows = self
            .world
            .services
            .members(&self.owner, &query)
            .await
            .unwrap()
            .rows;
        rows.retain(|row| row.id != self.owner.member);
        rows
    }

    async fn teams(&self) -> Vec<TeamView> {
        self.world.services.teams(&self.owner).await.unwrap()
    }

    async fn providers(&self) -> Vec<ProviderId> {
        let all = self.world.services.providers(&self.owner).await.unwrap();
        all.iter().map(|provider| provider.id).collect()
    }

    fn fresh(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what}{}", self.made)
    }

    fn terms(&mut self, version: i64, provider: ProviderId) -> TermsChange {
        let days = self.dice.below(4) as i64;
        let now = self.world.services.now();
        let ends_at = (days > 0).then(|| now.plus(days * Timestamp::DAY));
        let models: &[&str] = [&[] as &[&str], &["gpt-5*"]][self.dice.below(2)];
        let models: Vec<String> = models.iter().map(|name| (*name).to_owned()).collect();
        TermsChange {
            version,
            provider,
            ends_at,
            reason: String::new(),
            models: ModelList::check(&models).unwrap(),
        }
    }

    /// Some change; what is refused changes nothing.
    async fn step(&mut self) {
        let (rows, teams, providers) = (self.rows().await, self.teams().await, self.providers().await);
        let services = &self.world.services;
        let row = self.dice.one(&rows).cloned();
        let team = self.dice.one(&teams).cloned();
        let provider = self.dice.one(&providers).copied();
        let other = self.dice.one(&providers).copied();
        match (self.dice.below(24), row, team, provider) {
            (0 | 1, Some(row), _, Some(provider)) => {
                let removed = other.filter(|other| *other != provider).into_iter().collect();
                let change = ProvidersChange {
                    version: row.version,
                    added: vec![provider],
                    removed,
                };
                let _ = services.set_providers(&self.owner, row.id, &change).await;
            }
            (2 | 3, Some(row), _, Some(provider)) => {
                let change = self.terms(row.version, provider);
                let _ = services.set_provider_terms(&self.owner, row.id, &change).await;
            }
            (4, Some(row), Some(team), _) => {
                let (added, removed): (Vec<TeamId>, Vec<TeamId>) =
                    match row.teams.iter().any(|had| had.id == team.id) {
                        true => (vec![], vec![team.id]),
                        false => (vec![team.id], vec![]),
                    };
                let change = TeamsChange {
                    version: row.version,
                    added,
                    removed,
                };
                services.set_teams(&self.owner, row.id, &change).await.unwrap();
            }
            (5, Some(row), ..) => {
                let role = [Role::Member, Role::Admin, Role::Auditor][self.dice.below(3)];
                services.set_role(&self.owner, row.id, None, role).await.unwrap();
            }
            (6, Some(row), ..) => {
                let suspended = row.status == MemberStatus::Active;
                let _ = services.set_suspended(&self.owner, row.id, None, suspended).await;
            }
            (7, Some(row), ..) => {
                let gone = match row.status.is_invitation() {
                    true => services.revoke(&self.owner, row.id).await,
                    false => services.remove(&self.owner, row.id).await,
                };
                gone.unwrap();
            }
            (8 | 9, _, team, _) => {
                let email = format!("{}@example.com", self.fresh("guest"));
                let teams: Vec<TeamId> = team.iter().map(|team| team.id).collect();
                let (member, token) = invited(self.world, &self.owner, &email, Role::Member).await;
                let change = TeamsChange {
                    version: 0,
                    added: teams,
                    removed: vec![],
                };
                let version = services.member(&self.owner, member).await.unwrap().version;
                let change = TeamsChange { version, ..change };
                services.set_teams(&self.owner, member, &change).await.unwrap();
                self.tokens.insert(member, token);
            }
            (10 | 11, ..) => {
                let open = rows.iter().find(|row| row.status == MemberStatus::Invited);
                if let Some((row, token)) = open.and_then(|row| Some((row, self.tokens.remove(&row.id)?))) {
                    let user = self.world.user(&row.email).await;
                    let _ = services
                        .accept(&token, &AcceptInput::default(), Some(user), here())
                        .await;
                }
            }
            (12, ..) => {
                let waits = rows.iter().find(|row| row.status.is_invitation());
                if let Some(row) = waits {
                    let link = services.resend(&self.owner, row.id).await.unwrap();
                    let token = link.rsplit('/').next().unwrap();
                    self.tokens.insert(row.id, token.to_owned());
                }
            }
            (13, ..) => {
                let name = self.fresh("Team ");
                services
                    .create_team(&self.owner, &name, &fresh_key())
                    .await
                    .unwrap();
            }
            (14, _, Some(team), _) if self.dice.below(2) == 0 => {
                let name = self.fresh("Renamed ");
                services
                    .rename_team(&self.owner, team.id, team.version, &name)
                    .await
                    .unwrap();
            }
            (14, _, Some(team), _) if teams.len() > 2 => {
                services.delete_team(&self.owner, team.id).await.unwrap();
            }
            (15, _, Some(team), Some(provider)) => {
                let removed = other.filter(|other| *other != provider).into_iter().collect();
                let change = ProvidersChange {
                    version: team.version,
                    added: vec![provider],
                    removed,
                };
                let _ = services.set_team_providers(&self.owner, team.id, &change).await;
            }
            (16, _, Some(team), Some(provider)) => {
                let change = self.terms(team.version, provider);
                let _ = services
                    .set_team_provider_terms(&self.owner, team.id, &change)
                    .await;
            }
            (17, Some(row), Some(team), _) => {
                let change = TeamPeopleChange {
                    added: vec![row.id],
                    removed: rows
                        .iter()
                        .take(2)
                        .map(|row| row.id)
                        .filter(|id| *id != row.id)
                        .collect(),
                    places: vec![],
                };
                services
                    .change_team_people(&self.owner, team.id, &change)
                    .await
                    .unwrap();
            }
            (18, ..) => {
                let name = self.fresh("Provider ");
                self.world.provider(&self.owner, &name).await;
            }
            (19, _, _, Some(provider)) => {
                let all = services.providers(&self.owner).await.unwrap();
                let it = all.iter().find(|known| known.id == provider).unwrap();
                match self.dice.below(4) {
                    0 if all.len() > 2 => services.delete_provider(&self.owner, provider).await.unwrap(),
                    1 => {
                        let name = self.fresh("Other ");
                        let mut input = provider_input(&name);
                        input.slug.clone_from(&it.slug);
                        services
                            .update_provider(&self.owner, provider, it.version, &input)
                            .await
                            .unwrap();
                    }
                    n => drop(
                        services
                            .set_provider_active(&self.owner, provider, n == 2)
                            .await
                            .unwrap(),
                    ),
                }
            }
            (20 | 21, ..) => self.bulk(&rows, &teams, provider).await,
            (22, ..) => {
                if let Some(bulk) = self.bulk.take() {
                    let _ = services.bulk_undo(&self.owner, bulk).await;
                }
            }
            (23, row, ..) => self.directory(row).await,
            _ => {}
        }
    }

    async fn bulk(&mut self, rows: &[MemberRow], teams: &[TeamView], provider: Option<ProviderId>) {
        let services = &self.world.services;
        let mut change = BulkChange::default();
        match self.dice.below(6) {
            0 => change.add_providers = provider.into_iter().collect(),
            1 => {
                change.add_providers = provider.into_iter().collect();
                change.until = Some(services.now().plus(Timestamp::DAY));
            }
            2 => change.remove_providers = provider.into_iter().collect(),
            3 => change.add_teams = self.dice.one(teams).iter().map(|team| team.id).collect(),
            4 => change.action = Some(RowAction::Suspend),
            _ => change.action = Some(RowAction::Remove),
        }
        let some = rows
            .iter()
            .take(1 + self.dice.below(3))
            .map(|row| row.id)
            .collect();
        let asked = BulkInput {
            selection: Selection::Ids(some),
            change,
        };
        let Ok(shown) = services.bulk_preview(&self.owner, &asked).await else {
            return;
        };
        let input = ApplyInput {
            asked,
            fingerprint: shown.fingerprint,
            idempotency_key: fresh_key(),
        };
        if let Ok(ApplyOutcome::Applied { change, .. }) = services.bulk_apply(&self.owner, &input).await {
            self.bulk = Some(change);
        }
    }

    /// What a directory does: makes and takes over users, changes them, and groups them.
    async fn directory(&mut self, row: Option<MemberRow>) {
        let services = &self.world.services;
        let email = match row {
            Some(row) if self.dice.below(2) == 0 => row.email,
            _ => format!("{}@example.com", self.fresh("scim")),
        };
        let user = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": email, "displayName": self.fresh("Name ") });
        let Ok(user) = services
            .scim_create(&self.directory, ScimKind::User, &object(user))
            .await
        else {
            return;
        };
        let group = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": self.fresh("Group "),
            "members": [{ "value": user.id }],
        });
        let group = services
            .scim_create(&self.directory, ScimKind::Group, &object(group))
            .await
            .unwrap();
        let any = Precondition::default();
        let operations = match self.dice.below(2) {
            0 => json!([{ "op": "remove", "path": "members" }]),
            _ => json!([{ "op": "replace", "path": "displayName", "value": self.fresh("Group ") }]),
        };
        let message =
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
        services
            .scim_modify(
                &self.directory,
                (ScimKind::Group, &group.id),
                &any,
                &object(message),
            )
            .await
            .unwrap();
        let message = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "replace", "path": "active", "value": false }, { "op": "replace", "path": "displayName", "value": self.fresh("Name ") }],
        });
        services
            .scim_modify(
                &self.directory,
                (ScimKind::User, &user.id),
                &any,
                &object(message),
            )
            .await
            .unwrap();
        if self.dice.below(3) == 0 {
            services
                .scim_delete(&self.directory, (ScimKind::User, &user.id), &any)
                .await
                .unwrap();
        }
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

async fn told(world: &World, actor: &Actor, at: &str) -> Vec<AsOfRow> {
    let query = AsOfQuery {
        at: at.to_owned(),
        ..AsOfQuery::default()
    };
    let page = world.services.as_of(actor, &query).await.unwrap();
    let found = page.found.unwrap_or_else(|| panic!("{:?}", page.problem));
    assert_eq!(found.pages, 1, "all are on one page");
    let as_if_there = |row| AsOfRow { there: true, ..row };
    found.rows.into_iter().map(as_if_there).collect()
}

/// What is told of now is what the table of AI Access shows.
async fn agrees_with_the_table(world: &World, actor: &Actor, rows: &[AsOfRow]) {
    let table = world
        .services
        .members(actor, &MemberQuery::default())
        .await
        .unwrap();
    assert_eq!(table.rows.len(), rows.len());
    for shown in table.rows {
        let row = rows.iter().find(|row| row.member == shown.id).unwrap();
        let named = (row.name.as_str(), row.email.as_str(), row.role, row.status);
        assert_eq!(
            named,
            (
                shown.name.as_str(),
                shown.email.as_str(),
                shown.role,
                shown.status
            )
        );
        let names: Vec<&str> = row
            .providers
            .iter()
            .map(|provider| provider.name.as_str())
            .collect();
        let of_table: Vec<&str> = shown
            .providers
            .iter()
            .map(|provider: &ProviderRef| provider.name.as_str())
            .collect();
        assert_eq!(names, of_table, "{}", row.email);
        for (told, provider) in row.providers.iter().zip(&shown.providers) {
            assert_eq!(
                told.sources.len(),
                shown.sources(provider.id).count(),
                "{}",
                row.email
            );
        }
    }
}

async fn plays(world: &World, seed: u64) {
    let slug = format!("org-{seed}");
    world.organization(&slug).await;
    let owner = world
        .join(&slug, &format!("owner{seed}@example.com"), Role::Owner)
        .await;
    for n in 0..6 {
        world
            .join(&slug, &format!("person{seed}-{n}@example.com"), Role::Member)
            .await;
    }
    for name in ["One", "Two", "Three"] {
        world.provider(&owner, name).await;
        world
            .services
            .create_team(&owner, name, &fresh_key())
            .await
            .unwrap();
    }
    let input = ScimTokenInput {
        name: "Directory".to_owned(),
        lifetime: TokenLifetime::Year,
    };
    let token = world.services.create_scim_token(&owner, &input).await.unwrap();
    let directory = world
        .services
        .scim_connection(&slug, token.expose())
        .await
        .unwrap()
        .unwrap();
    let mut stage = Stage {
        world,
        owner: owner.clone(),
        directory,
        dice: Dice(seed),
        tokens: BTreeMap::new(),
        bulk: None,
        made: 0,
    };
    let mut snapshots: Vec<(Timestamp, Vec<AsOfRow>)> = Vec::new();
    for _ in 0..STEPS {
        // Sometimes long enough for ends to come, mostly soon enough for an undo.
        let wait = match stage.dice.below(6) {
            0 => Timestamp::DAY,
            _ => 61_234,
        };
        world.clock.set(world.services.now().plus(wait));
        stage.step().await;
        let now = told(world, &owner, "").await;
        agrees_with_the_table(world, &owner, &now).await;
        snapshots.push((world.services.now(), now));
    }
    world.clock.set(world.services.now().plus(100 * Timestamp::DAY));
    for (step, (at, then)) in snapshots.iter().enumerate() {
        assert_eq!(
            told(world, &owner, &at.rfc3339_exact()).await,
            *then,
            "seed {seed}, step {step}"
        );
    }
}

on_both! {
    async fn each_past_instant_is_told_as_it_was(world) {
        for seed in [3, 5] {
            plays(world, seed).await;
        }
    }

    async fn who_could_use_a_provider_and_what_differs_between_two_instants(world) {
        world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let bo = world.join("ours", "bo@example.com", Role::Member).await;
        let services = &world.services;
        let lab = world.provider(&owner, "Lab").await.id;
        let start = services.now();
        let later = |hours: i64| world.clock.set(start.plus(hours * Timestamp::HOUR));
        let at = |hours: i64| start.plus(hours * Timestamp::HOUR).rfc3339_exact();
        later(1);
        services.add_provider(&owner, ana.member, lab).await.unwrap();
        later(2);
        services.set_role(&owner, bo.member, None, Role::Auditor).await.unwrap();
        later(3);
        services.delete_provider(&owner, lab).await.unwrap();
        services.remove(&owner, ana.member).await.unwrap();
        later(4);
        let who = AsOfQuery { at: at(2), provider: Some(lab), ..AsOfQuery::default() };
        let page = services.as_of(&owner, &who).await.unwrap();
        assert_eq!(page.providers, [(lab, "Lab".to_owned())]);
        let found = page.found.unwrap();
        assert_eq!((found.matched, found.of), (1, 3));
        assert_eq!(found.rows[0].email, "ana@example.com");
        assert!(!found.rows[0].there, "she is gone");
        assert_eq!(found.rows[0].providers[0].name, "Lab");
        let export = services.export_as_of(&owner, &who, Format::Json).await.unwrap();
        assert_eq!((export.rows, export.file_name.as_str()), (1, "gatehouse-ours-access-as-of-2026-03-01.json"));
        let file: Value = serde_json::from_reader(export.file.reopen().unwrap()).unwrap();
        assert_eq!(file["rows"][0]["email"], "ana@example.com");
        assert_eq!(file["rows"][0]["providers"][0]["sources"][0]["team"], Value::Null);
        let sheet = services.export_as_of(&owner, &who, Format::Xlsx).await.unwrap();
        assert_eq!(sheet.rows, 1);
        // In whatever order the two are given.
        for (one, other) in [(0, 2), (2, 0)] {
            let two = AsOfQuery { at: at(one), to: at(other), ..AsOfQuery::default() };
            let found = services.as_of(&owner, &two).await.unwrap().found.unwrap();
            let told: Vec<_> = found.differences.iter().map(|d| (d.email.as_str(), d.role, d.gained.len())).collect();
            assert_eq!(told, [("ana@example.com", None, 1), ("bo@example.com", Some((Role::Member, Role::Auditor)), 0)]);
        }
        let two = AsOfQuery { at: at(2), to: at(4), ..AsOfQuery::default() };
        let found = services.as_of(&owner, &two).await.unwrap().found.unwrap();
        assert_eq!(found.differences.len(), 1);
        assert!(found.differences[0].went && found.differences[0].lost == ["Lab"]);
        let export = services.export_as_of(&owner, &two, Format::Json).await.unwrap();
        let file: Value = serde_json::from_reader(export.file.reopen().unwrap()).unwrap();
        assert_eq!(file["rows"][0]["change"], "left");
        // The hidden part of entries is not shown.
        let log = services.audit_log(&owner, &Default::default()).await.unwrap();
        let told = log.entries.iter().filter_map(|entry| entry.before.as_deref());
        assert!(told.clone().count() > 0);
        assert!(told.clone().all(|before| !before.contains("kept")));
    }

    async fn what_cannot_be_told_is_said(world) {
        let organization = world.organization("ours").await;
        let owner = world.join("ours", "owner@example.com", Role::Owner).await;
        let ana = world.join("ours", "ana@example.com", Role::Member).await;
        let services = &world.services;
        let start = services.now();
        let problem = async |at: String| {
            let query = AsOfQuery { at, ..AsOfQuery::default() };
            let page = services.as_of(&owner, &query).await.unwrap();
            assert!(page.found.is_none());
            page.problem.unwrap()
        };
        let message = problem("yesterday".to_owned()).await;
        assert_eq!(message, "“yesterday” is not a date and time. Enter one such as 2026-03-01T12:00.");
        let message = problem(start.plus(Timestamp::DAY).rfc3339_exact()).await;
        assert_eq!(message, "2 Mar 2026, 12:00 is in the future. Choose a date and time in the past.");
        // As versions before this one wrote it.
        world.clock.set(start.plus(Timestamp::HOUR));
        let old = store::audit::AuditRecord {
            organization: Some(organization),
            at: services.now(),
            actor: Some(owner.user),
            actor_email: owner.email.clone(),
            action: domain::audit::AuditAction::MemberProvidersChange,
            target: domain::audit::AuditTarget::Member(ana.member),
            target_label: ana.email.clone(),
            before: Some(json!({ "providers": [] })),
            after: Some(json!({ "providers": [] })),
        };
        let tx = world.store.write().await.unwrap();
        store::audit::insert(&tx, old).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(told(world, &owner, "").await.len(), 2);
        let message = problem(start.rfc3339_exact()).await;
        assert!(message.contains("entries until 1 Mar 2026, 13:00 do not say all"), "{message}");
        let query = AsOfQuery { at: start.rfc3339_exact(), ..AsOfQuery::default() };
        assert_eq!(code(services.export_as_of(&owner, &query, Format::Json).await), ProblemCode::Invalid);
    }
}
