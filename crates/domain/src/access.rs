//! The access rule: which providers a member may use at an instant.
//!
//! Chat, the gateway, the table's "without allowed providers" and every explanation go by [`check`], so that
//! what is shown is what is enforced. Empty means none.

use crate::provider::ProviderStatus;
use crate::role::{UnknownName, named};
use crate::{MemberStatus, ProviderId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

named!(
    /// Why access is refused: the closed list.
    Denial {
        /// No key, a key that is not known, or nobody who has an account here.
        Unauthenticated = "unauthenticated", "Not signed in";
        /// The key was withdrawn.
        KeyRevoked = "key_revoked", "Key revoked";
        /// The key's time is over.
        KeyExpired = "key_expired", "Key expired";
        /// The member is suspended.
        MemberSuspended = "member_suspended", "Member suspended";
        /// The provider is not active.
        ProviderInactive = "provider_inactive", "Provider inactive";
        /// The provider is not, or no longer, allowed to the member.
        ProviderNotAllowed = "provider_not_allowed", "Provider not allowed";
        /// The member may use the provider, this key may not.
        KeyScope = "key_scope", "Outside the key's scope";
        /// No provider lists the model.
        UnknownModel = "unknown_model", "Unknown model";
        /// Several usable providers list the model.
        AmbiguousModel = "ambiguous_model", "Ambiguous model";
    }
);

/// One allowed provider of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The provider that is allowed.
    pub provider: ProviderId,
    /// From this instant on it no longer is; `None` is no end.
    pub ends_at: Option<Timestamp>,
}

impl Grant {
    /// Whether it counts at an instant.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ends_at.is_none_or(|end| now < end)
    }
}

/// Whether a member may use one provider, and if not, why not.
pub fn check(
    member: MemberStatus,
    provider: (ProviderId, ProviderStatus),
    grants: &[Grant],
    now: Timestamp,
) -> Result<(), Denial> {
    let (id, status) = provider;
    match member {
        MemberStatus::Active => {}
        MemberStatus::Suspended => return Err(Denial::MemberSuspended),
        MemberStatus::Invited | MemberStatus::Expired => return Err(Denial::Unauthenticated),
    }
    if status != ProviderStatus::Active {
        return Err(Denial::ProviderInactive);
    }
    if !grants
        .iter()
        .any(|grant| grant.provider == id && grant.is_live(now))
    {
        return Err(Denial::ProviderNotAllowed);
    }
    Ok(())
}

/// The providers a member may use, in the order given.
pub fn effective(
    member: MemberStatus,
    providers: &[(ProviderId, ProviderStatus)],
    grants: &[Grant],
    now: Timestamp,
) -> Vec<ProviderId> {
    let usable = |&&provider: &&_| check(member, provider, grants, now).is_ok();
    providers.iter().filter(usable).map(|(id, _)| *id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases;
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
                // Keys and requests come with the gateway.
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

    const NOW: Timestamp = Timestamp(1_000);
    const ONE: ProviderId = ProviderId(1);

    fn granted(ends_at: Option<i64>) -> [Grant; 1] {
        [Grant {
            provider: ONE,
            ends_at: ends_at.map(Timestamp),
        }]
    }

    #[test]
    fn says_why_not() {
        let active = (ONE, ProviderStatus::Active);
        let inactive = (ONE, ProviderStatus::Inactive);
        let on = MemberStatus::Active;
        assert_eq!(check(on, active, &granted(None), NOW), Ok(()));
        assert_eq!(check(on, active, &granted(Some(1_001)), NOW), Ok(()));
        let refused = [
            (
                check(on, active, &granted(Some(1_000)), NOW),
                Denial::ProviderNotAllowed,
            ),
            (check(on, active, &[], NOW), Denial::ProviderNotAllowed),
            (check(on, inactive, &granted(None), NOW), Denial::ProviderInactive),
            (
                check(MemberStatus::Suspended, active, &granted(None), NOW),
                Denial::MemberSuspended,
            ),
            (
                check(MemberStatus::Invited, active, &granted(None), NOW),
                Denial::Unauthenticated,
            ),
        ];
        for (got, want) in refused {
            assert_eq!(got, Err(want));
        }
    }
}
