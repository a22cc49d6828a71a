//! `access.json` as far as it is about Chat and the editor.

use super::Grant;
use super::effective;
use crate::provider::ProviderStatus;
use crate::{MemberStatus, ProviderId, Timestamp, cases};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn instant(value: &Value) -> Timestamp {
    let time = OffsetDateTime::parse(text(value), &Rfc3339).expect("an instant");
    Timestamp(time.unix_timestamp() * 1_000)
}

struct Provider {
    label: String,
    slug: String,
    id: ProviderId,
    status: ProviderStatus,
}

/// The part of a case's world that decides what Chat and the editor offer.
struct World {
    now: Timestamp,
    providers: Vec<Provider>,
    members: HashMap<String, MemberStatus>,
    grants: HashMap<String, Vec<Grant>>,
    made: i64,
}

impl World {
    fn new(world: &Value) -> Self {
        let mut made = Self {
            now: instant(&world["now"]),
            providers: Vec::new(),
            members: HashMap::new(),
            grants: HashMap::new(),
            made: 0,
        };
        for provider in list(&world["providers"]) {
            made.add_provider(provider);
        }
        for member in list(&world["members"]) {
            made.add_member(member);
        }
        for grant in list(&world["grants"]) {
            let ends_at = grant.get("expires_at").filter(|end| !end.is_null()).map(instant);
            made.grant(text(&grant["member"]), text(&grant["provider"]), ends_at);
        }
        made
    }

    fn add_provider(&mut self, provider: &Value) {
        self.made += 1;
        self.providers.push(Provider {
            label: text(&provider["id"]).into(),
            slug: text(&provider["slug"]).into(),
            id: ProviderId(self.made),
            status: text(&provider["status"]).parse().expect("a status"),
        });
    }

    fn add_member(&mut self, member: &Value) {
        let status = text(&member["status"]).parse().expect("a status");
        self.members.insert(text(&member["id"]).into(), status);
    }

    fn grant(&mut self, member: &str, provider: &str, ends_at: Option<Timestamp>) {
        let provider = self.provider(provider).id;
        let grants = self.grants.entry(member.into()).or_default();
        grants.push(Grant { provider, ends_at });
    }

    fn provider(&mut self, label: &str) -> &mut Provider {
        let mut all = self.providers.iter_mut();
        all.find(|p| p.label == label).expect("a provider of the world")
    }

    fn slugs(&self, ids: &[ProviderId]) -> BTreeSet<&str> {
        let of_ids = self.providers.iter().filter(|p| ids.contains(&p.id));
        of_ids.map(|p| p.slug.as_str()).collect()
    }

    fn chat(&self, member: &str) -> BTreeSet<&str> {
        let providers: Vec<_> = self.providers.iter().map(|p| (p.id, p.status)).collect();
        let grants = self.grants.get(member).map_or(&[][..], Vec::as_slice);
        self.slugs(&effective(self.members[member], &providers, grants, self.now))
    }

    /// The Allowed providers dialog offers what is active.
    fn editor(&self) -> BTreeSet<&str> {
        let active = self
            .providers
            .iter()
            .filter(|p| p.status == ProviderStatus::Active);
        active.map(|p| p.slug.as_str()).collect()
    }

    fn step(&mut self, id: &str, step: &Value) -> bool {
        let named = |key: &str| text(&step[key]);
        match named("do") {
            "chat" | "editor" => {
                let expect: BTreeSet<_> = list(&step["expect"]["providers"]).iter().map(text).collect();
                let got = match named("do") {
                    "chat" => self.chat(named("member")),
                    _ => self.editor(),
                };
                assert_eq!(got, expect, "{id}: {step}");
                return true;
            }
            "activate_provider" => self.provider(named("provider")).status = ProviderStatus::Active,
            "deactivate_provider" => self.provider(named("provider")).status = ProviderStatus::Inactive,
            "rename_provider" => self.provider(named("provider")).slug = named("slug").into(),
            "add_provider" => self.add_provider(&step["provider"]),
            "delete_provider" => {
                let gone = self.provider(named("provider")).id;
                self.providers.retain(|p| p.id != gone);
                self.grants
                    .values_mut()
                    .for_each(|all| all.retain(|g| g.provider != gone));
            }
            "accept_invite" => self.add_member(&step["member"]),
            "suspend_member" => {
                self.members
                    .insert(named("member").into(), MemberStatus::Suspended);
            }
            "reactivate_member" => {
                self.members.insert(named("member").into(), MemberStatus::Active);
            }
            "add_grant" => self.grant(named("member"), named("provider"), None),
            "remove_grant" => {
                let gone = self.provider(named("provider")).id;
                let grants = self.grants.get_mut(named("member")).expect("grants");
                grants.retain(|g| g.provider != gone);
            }
            "set_grants" => {
                self.grants.remove(named("member"));
                for provider in list(&step["providers"]) {
                    self.grant(named("member"), text(provider), None);
                }
            }
            "clock" => self.now = instant(&step["now"]),
            // Keys and requests are played over HTTP, by the tests of the gateway.
            "request" | "create_key" | "revoke_key" => {}
            other => panic!("{id}: unknown step {other}"),
        }
        false
    }
}

#[test]
fn cases_of_access_in_chat_and_editor() {
    let mut looked = 0;
    for (id, case) in cases::each("access.json") {
        let mut world = World::new(&case["world"]);
        for step in list(&case["steps"]) {
            looked += u32::from(world.step(&id, step));
        }
    }
    assert!(looked > 0, "no step looked at Chat or the editor");
}
