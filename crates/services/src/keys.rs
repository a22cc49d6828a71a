//! Virtual keys. Their owners make and end them; admins and owners do so for others, up to their own role.

use crate::auth::Asker;
use crate::change::Change;
use crate::crypto::{CryptoError, new_key_id, new_token, token_hash};
use crate::usage::usage_of;
use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::ends::EndingAccess;
use domain::key::{Grace, KeyInput, KeyList, KeyView, MadeKey, OwnKeys, key_text};
use domain::limits::KEYS_PER_MEMBER;
use domain::member::KeyState;
use domain::provider::ProviderRef;
use domain::{
    KeyId, MemberId, MemberStatus, Problem, ProblemCode, ProviderId, Timestamp, UserId, ends, input,
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use store::Conn;
use store::keys::{KeyRecord, NewKey, NewSecret};
use store::members::MemberRecord;

impl Services {
    /// The keys of a member, with what a new one can be narrowed to. For the member, and for auditors and above.
    pub async fn keys(&self, actor: &Actor, member: MemberId) -> Result<KeyList, Error> {
        if member != actor.member {
            actor.reads_admin_side()?;
        }
        let tx = self.read(actor).await?;
        key_list(&tx, actor, member, self.now()).await
    }

    /// The own keys in every organization that has the person as an active member.
    pub async fn own_keys(&self, asker: impl Into<Asker>) -> Result<Vec<OwnKeys>, Error> {
        let asker = asker.into();
        let organizations = self.me(asker.user).await?.organizations;
        let mut own = Vec::with_capacity(organizations.len());
        for organization in organizations {
            let actor = match self.actor(asker, &organization.slug).await {
                Ok(actor) => actor,
                // Somebody who was taken out meanwhile has no keys there any more.
                Err(Error::Problem(problem)) if problem.code == ProblemCode::NotFound => continue,
                // Nothing of an organization is shown that demands a second factor first.
                Err(Error::Problem(problem)) if problem.code == ProblemCode::SecondFactorRequired => continue,
                Err(other) => return Err(other),
            };
            let list = self.keys(&actor, actor.member).await?;
            own.push(OwnKeys { organization, list });
        }
        Ok(own)
    }

    /// Makes a key for oneself or, as an admin or owner, for a member up to the own role. The owner must be active, and
    /// the key can only be narrowed to what they may use.
    pub async fn create_key(
        &self,
        actor: &Actor,
        member: MemberId,
        input: &KeyInput,
        idempotency_key: &str,
    ) -> Result<MadeKey, Error> {
        let checked = input.check(self.now())?;
        let request = self.idempotent("key.create", idempotency_key, &(member, &checked))?;
        let change = self.change(actor).await?;
        let owner = change.key_owner(member).await?;
        if let Some(answer) = request.answered(&change).await? {
            return change.still_works(answer).await;
        }
        let made = change.make_key(&owner, &checked).await?;
        request.remember(&change, &made).await?;
        change.commit().await?;
        Ok(made)
    }

    /// Gives a key another name. For its owner, and for admins and owners up to their own role.
    pub async fn rename_key(&self, actor: &Actor, key: KeyId, name: &str) -> Result<KeyView, Error> {
        let name = input::key_name(name)?;
        let change = self.change(actor).await?;
        let (record, _) = change.key(key).await?;
        not_revoked(&record)?;
        if record.name != name {
            let organization = change.organization;
            store::keys::rename(&change.tx, organization, key, &name).await?;
            change
                .audit(
                    AuditAction::KeyRename,
                    AuditTarget::Key(key),
                    &record.name,
                    Some(json!({ "name": record.name })),
                    Some(json!({ "name": name })),
                )
                .await?;
        }
        let view = change.key_view(key).await?;
        change.commit().await?;
        Ok(view)
    }

    /// Gives a key another secret; the one before works until the grace is over. For its owner, and for admins and owners
    /// up to their own role.
    pub async fn rotate_key(
        &self,
        actor: &Actor,
        key: KeyId,
        grace: Grace,
        idempotency_key: &str,
    ) -> Result<MadeKey, Error> {
        let request = self.idempotent("key.rotate", idempotency_key, &(key, grace))?;
        let change = self.change(actor).await?;
        let (record, owner) = change.key(key).await?;
        // A repeated request must not take the place of the secret that the first one gave.
        if let Some(answer) = request.answered(&change).await? {
            return change.still_works(answer).await;
        }
        not_revoked(&record)?;
        if record.state(change.now) == KeyState::Expired {
            return Err(Problem::new(
                ProblemCode::Expired,
                "This key has expired. Create a new one instead.",
            )
            .into());
        }
        can_have_keys(&owner)?;
        change.may_last(change.key_policy(&owner).await?, &record)?;
        let secret = Secret::of(record.public_id.clone())?;
        let previous_ends_at = grace.ends_at(change.now);
        let new = NewSecret {
            secret_hash: &secret.hash,
            last_four: secret.last_four(),
            previous_ends_at,
            issued_by: change.principal.user(),
        };
        store::keys::rotate(&change.tx, change.organization, key, new).await?;
        change
            .audit(
                AuditAction::KeyRotate,
                AuditTarget::Key(key),
                &record.name,
                Some(json!({ "last_four": record.last_four })),
                Some(json!({ "last_four": secret.last_four(), "previous_ends_at": previous_ends_at })),
            )
            .await?;
        let made = MadeKey {
            key: change.key_view(key).await?,
            secret: secret.text,
        };
        request.remember(&change, &made).await?;
        change.commit().await?;
        Ok(made)
    }

    /// Withdraws a key for good; one that is withdrawn already stays so. For its owner, and for admins and owners up to
    /// their own role.
    pub async fn revoke_key(&self, actor: &Actor, key: KeyId) -> Result<KeyView, Error> {
        let change = self.change(actor).await?;
        let (record, _) = change.key(key).await?;
        change.withdraw_key(&record).await?;
        let view = change.key_view(key).await?;
        change.commit().await?;
        Ok(view)
    }
}

impl Change {
    /// The member whose keys are to be changed: oneself, or somebody whom one may change.
    async fn key_owner(&self, member: MemberId) -> Result<MemberRecord, Error> {
        if member == self.actor()?.member {
            let own = store::members::get(&self.tx, self.organization, member, self.now).await?;
            return own.ok_or_else(|| Problem::not_found("member").into());
        }
        if !self.role().administers() {
            return Err(self
                .refuse("Only admins and owners can change the keys of others. Ask one of them.")
                .into());
        }
        self.changeable(member).await
    }

    /// The key to be changed with its owner, by somebody who may. That of somebody who was removed is not found.
    async fn key(&self, key: KeyId) -> Result<(KeyRecord, MemberRecord), Error> {
        let record = store::keys::get(&self.tx, self.organization, key)
            .await?
            .ok_or_else(no_key)?;
        let member = record.member.ok_or_else(no_key)?;
        let owner = self.key_owner(member).await?;
        Ok((record, owner))
    }

    /// Makes a key for a member.
    pub(crate) async fn make_key(&self, owner: &MemberRecord, input: &KeyInput) -> Result<MadeKey, Error> {
        let (tx, organization) = (&self.tx, self.organization);
        let user = can_have_keys(owner)?;
        let policy = self.key_policy(owner).await?;
        policy.check_end(input.expires_at, self.now)?;
        if let Some(scope) = &input.scope {
            self.within_grants(owner, scope).await?;
        }
        let there = store::keys::count_of_member(tx, organization, owner.id).await?;
        if usize::try_from(there).map_or(true, |there| there >= KEYS_PER_MEMBER) {
            return Err(Problem::new(
                ProblemCode::Invalid,
                format!("This member has {there} keys, the maximum. Revoke some first."),
            )
            .into());
        }
        let secret = Secret::of(new_key_id()?)?;
        let new = NewKey {
            member: owner.id,
            user,
            name: &input.name,
            public_id: &secret.public_id,
            secret_hash: &secret.hash,
            last_four: secret.last_four(),
            scope: input.scope.as_deref(),
            expires_at: input.expires_at,
            requests_per_minute: input.requests_per_minute,
            tokens_per_day: input.tokens_per_day,
            issued_by: self.principal.user(),
        };
        let id = store::keys::insert(tx, organization, new, self.now).await?;
        let key = self.key_view(id).await?;
        self.audit(
            AuditAction::KeyCreate,
            AuditTarget::Key(id),
            &key.name,
            None,
            Some(described(owner, &key)),
        )
        .await?;
        Ok(MadeKey {
            key,
            secret: secret.text,
        })
    }

    /// The answer that was given before, unless its secret opens nothing any more: then nobody needs to see it again.
    async fn still_works(&self, made: MadeKey) -> Result<MadeKey, Error> {
        let (organization, hash) = (self.organization, token_hash(&made.secret));
        if store::keys::has_secret(&self.tx, organization, made.key.id, &hash, self.now).await? {
            return Ok(made);
        }
        Err(Problem::new(
            ProblemCode::Revoked,
            "This was done before, and the key has been revoked or rotated since. Reload the page to see the keys as they are.",
        )
        .into())
    }

    /// Revokes what somebody created or rotated for others and so knows the secret of.
    pub(crate) async fn revoke_issued_by(&self, issuer: UserId) -> Result<(), Error> {
        let organization = self.organization;
        for key in store::keys::issued_for_others(&self.tx, organization, issuer, self.now).await? {
            let owner = match key.member {
                Some(member) => store::members::get(&self.tx, organization, member, self.now).await?,
                None => None,
            };
            // Nobody ends keys above their own role, in this way neither.
            if owner.is_some_and(|owner| self.role().may_change(owner.role)) {
                self.withdraw_key(&key).await?;
            }
        }
        Ok(())
    }

    /// Withdraws a key, unless that was done before.
    pub(crate) async fn withdraw_key(&self, record: &KeyRecord) -> Result<(), Error> {
        if store::keys::revoke(&self.tx, self.organization, record.id, self.now).await? {
            let before = json!({ "name": record.name, "last_four": record.last_four });
            self.audit(
                AuditAction::KeyRevoke,
                AuditTarget::Key(record.id),
                &record.name,
                Some(before),
                None,
            )
            .await?;
        }
        Ok(())
    }

    /// A key as it is now, within this change.
    pub(crate) async fn key_view(&self, key: KeyId) -> Result<KeyView, Error> {
        let organization = self.organization;
        let record = store::keys::get(&self.tx, organization, key)
            .await?
            .ok_or_else(no_key)?;
        let providers = store::providers::refs(&self.tx, organization).await?;
        Ok(view(record, &providers, self.now))
    }

    /// Refuses a scope that is wider than what the owner may use.
    async fn within_grants(&self, owner: &MemberRecord, scope: &[ProviderId]) -> Result<(), Error> {
        let (tx, organization) = (&self.tx, self.organization);
        let known = store::providers::refs(tx, organization).await?;
        let granted = store::grants::of_member(tx, organization, owner.id, self.now).await?;
        let mut wider = Vec::new();
        for id in scope {
            if granted.iter().any(|grant| grant.provider == *id) {
                continue;
            }
            // One that is gone has no name to be called by; another organization's never had one here.
            wider.push(
                known
                    .iter()
                    .find(|provider| provider.id == *id)
                    .map_or("a provider that does not exist", |provider| {
                        provider.name.as_str()
                    }),
            );
        }
        wider.dedup();
        if wider.is_empty() {
            return Ok(());
        }
        let message = format!(
            "A key can only use its owner's allowed providers, and {} cannot use {}. Choose other providers.",
            owner.email,
            wider.join(", ")
        );
        Err(Problem::new(ProblemCode::KeyScope, message.clone())
            .with_field("scope", message)
            .into())
    }
}

/// A new key: the text that is shown once, and what is stored of it.
pub(crate) struct Secret {
    pub(crate) public_id: String,
    pub(crate) text: String,
    pub(crate) hash: Vec<u8>,
}

impl Secret {
    pub(crate) fn of(public_id: String) -> Result<Self, CryptoError> {
        let text = key_text(&public_id, new_token()?.expose_secret());
        Ok(Self {
            hash: token_hash(&text),
            public_id,
            text,
        })
    }

    pub(crate) fn last_four(&self) -> &str {
        // Base64 is ASCII, so any cut falls between two characters.
        &self.text[self.text.len() - 4..]
    }
}

async fn key_list(
    conn: &impl Conn,
    actor: &Actor,
    member: MemberId,
    now: Timestamp,
) -> Result<KeyList, Error> {
    let organization = actor.organization;
    store::members::get(conn, organization, member, now)
        .await?
        .ok_or_else(|| Problem::not_found("member"))?;
    let mut providers = store::providers::refs(conn, organization).await?;
    let keys = store::keys::of_member(conn, organization, member).await?;
    let keys = keys.into_iter().map(|key| view(key, &providers, now)).collect();
    let granted = store::grants::of_member(conn, organization, member, now).await?;
    providers.retain(|provider| granted.iter().any(|grant| grant.provider == provider.id));
    let keepable = store::unused::keepable(conn, organization, member, now).await?;
    let end_of = |provider: &ProviderRef| {
        let ends = granted.iter().filter(|grant| grant.provider == provider.id);
        let end = ends.map(|grant| grant.ends_at).reduce(ends::later).flatten();
        let soon = end.filter(|end| ends::is_soon(*end, now));
        soon.map(|ends_at| EndingAccess {
            provider: provider.id,
            name: provider.name.clone(),
            ends_at,
            may_keep: keepable.contains(&provider.id),
        })
    };
    Ok(KeyList {
        keys,
        ending: providers.iter().filter_map(end_of).collect(),
        allowed: providers,
        policy: store::key_policy::of(conn, organization).await?,
        usage: usage_of(conn, organization, member, now).await?,
        now,
    })
}

/// What people see of a key. `providers` are all of its organization, by name.
pub(crate) fn view(record: KeyRecord, providers: &[ProviderRef], now: Timestamp) -> KeyView {
    let state = record.state(now);
    let scope = record.scope.map(|ids| {
        let within = |provider: &&ProviderRef| ids.contains(&provider.id);
        providers.iter().filter(within).cloned().collect()
    });
    KeyView {
        id: record.id,
        state,
        name: record.name,
        public_id: record.public_id,
        last_four: record.last_four,
        scope,
        created_at: record.created_at,
        expires_at: record.expires_at,
        revoked_at: record.revoked_at,
        last_used_at: record.last_used_at,
        requests_per_minute: record.requests_per_minute,
        tokens_per_day: record.tokens_per_day,
        previous_ends_at: record
            .previous_ends_at
            .filter(|end| state == KeyState::Active && *end > now),
    }
}

/// The account that can get a key: that of an active member.
fn can_have_keys(owner: &MemberRecord) -> Result<UserId, Problem> {
    let message = match (owner.status, owner.user) {
        (MemberStatus::Active, Some(user)) => return Ok(user),
        (MemberStatus::Suspended, _) => "This member is suspended. Reactivate them to create a key.",
        _ => "This invitation has not been accepted. Keys can be created once the person has joined.",
    };
    Err(Problem::new(ProblemCode::Invalid, message))
}

fn not_revoked(record: &KeyRecord) -> Result<(), Problem> {
    if record.revoked_at.is_some() {
        return Err(Problem::new(
            ProblemCode::Revoked,
            "This key was revoked, which cannot be undone. Create a new one instead.",
        ));
    }
    Ok(())
}

pub(crate) fn no_key() -> Problem {
    Problem::not_found("key")
}

/// A key as the audit log keeps it: never its secret.
fn described(owner: &MemberRecord, key: &KeyView) -> Value {
    let scope = key.scope.as_ref().map(|scope| {
        scope
            .iter()
            .map(|p| json!({ "id": p.id, "name": p.name }))
            .collect::<Vec<_>>()
    });
    json!({
        "member": owner.email,
        "name": key.name,
        "public_id": key.public_id,
        "last_four": key.last_four,
        "providers": scope,
        "expires_at": key.expires_at,
        "requests_per_minute": key.requests_per_minute,
        "tokens_per_day": key.tokens_per_day,
    })
}
