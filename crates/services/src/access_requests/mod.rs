//! Asking for access, and deciding about it.

mod queue;

pub(crate) use queue::{deciding, waiting_for};

use crate::change::Change;
use crate::members::explained;
use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::ends::Terms;
use domain::limits::{OPEN_REQUESTS, OWN_REQUESTS_SHOWN};
use domain::provider::ProviderRef;
use domain::requests::{
    AccessRequest, AccessRequestInput, AccessRequestState, AccessRequests, Decider, Verdict, may_ask,
};
use domain::{
    AccessRequestId, MemberId, MemberStatus, OrganizationId, Problem, ProblemCode, ProviderId, Role,
    Timestamp, VersionedOutcome,
};
use queue::{askable, queue, usable};
use serde_json::{Value, json};
use store::Conn;
use store::access_requests::{self, Closing, Whose};
use store::members::MemberRecord;

impl Services {
    /// The page on which the members of an organization ask for access.
    pub fn access_requests_url(&self, organization: &str) -> String {
        format!("{}/o/{organization}/access/requests", self.inner.public_url)
    }

    /// The actor's own requests, what they can ask for, and those of others that they may see: all of them for auditors
    /// and above, for the lead of a team those that they may decide. For every member.
    pub async fn access_requests(&self, actor: &Actor, page: u32) -> Result<AccessRequests, Error> {
        let (tx, now) = (self.read(actor).await?, self.now());
        let (organization, member) = (actor.organization, actor.member);
        let own = access_requests::of_member(&tx, organization, member, OWN_REQUESTS_SHOWN).await?;
        let askable = askable(&tx, organization, member, &own, now).await?;
        let deciding = deciding(&tx, actor, now).await?;
        let shown = match actor.role.reads_admin_side() {
            true => Some(Whose::of_roles(Role::ALL.iter().copied())),
            false => deciding.clone(),
        };
        let queue = match shown {
            Some(shown) => Some(queue(&tx, actor, &shown, deciding.as_ref(), page).await?),
            None => None,
        };
        Ok(AccessRequests {
            own,
            askable,
            queue,
            now,
        })
    }

    /// Asks for a provider. Asking again, while nobody has decided, is the same request: the one that is there is the
    /// answer, as it was asked. For every member, for themselves.
    pub async fn ask_for_access(
        &self,
        actor: &Actor,
        wanted: &AccessRequestInput,
    ) -> Result<AccessRequest, Error> {
        let wanted = wanted.check(self.now())?;
        let change = self.change(actor).await?;
        let (tx, organization, member) = (&change.tx, change.organization, change.actor()?.member);
        if let Some(open) = access_requests::open_of(tx, organization, member, wanted.provider).await? {
            return Ok(open);
        }
        let access = explained(tx, organization, member, change.now).await?;
        let access = access
            .into_iter()
            .find(|access| access.provider.id == wanted.provider)
            .ok_or_else(|| Problem::not_found("provider"))?;
        may_ask(access.denial.map_or(Ok(()), Err), &access.provider.name)?;
        if access_requests::open_count(tx, organization, member).await? >= OPEN_REQUESTS {
            return Err(Problem::new(
                ProblemCode::Invalid,
                format!("You have {OPEN_REQUESTS} open requests. Withdraw one, or wait for an answer."),
            )
            .into());
        }
        let made = access_requests::insert(
            tx,
            organization,
            member,
            wanted.provider,
            &wanted.reason,
            wanted.until,
            change.now,
        )
        .await?;
        let made = made.ok_or_else(|| Problem::not_found("provider"))?;
        let told = json!({
            "provider": named(&access.provider),
            "reason": wanted.reason,
            "until": wanted.until,
        });
        let email = change.actor()?.email.clone();
        change
            .audit(
                AuditAction::AccessAsk,
                AuditTarget::Member(member),
                &email,
                None,
                Some(told),
            )
            .await?;
        let (_, made) = find(tx, organization, made).await?;
        change.commit().await?;
        Ok(made)
    }

    /// Withdraws an own request. One that is closed stays as it is. For whoever asked.
    pub async fn withdraw_access_request(
        &self,
        actor: &Actor,
        request: AccessRequestId,
    ) -> Result<(), Error> {
        let change = self.change(actor).await?;
        let (asker, request) = find(&change.tx, change.organization, request).await?;
        if asker != change.actor()?.member {
            return Err(no_request().into());
        }
        let email = change.actor()?.email.clone();
        let closed = Close {
            state: AccessRequestState::Withdrawn,
            action: AuditAction::AccessWithdraw,
            note: "",
            until: None,
        };
        change.close(asker, &email, &request, closed).await?;
        change.commit().await
    }

    /// Decides an open request: approving it gives the member a grant of their own, unless they can use the provider
    /// already. A conflict, with what became of it, when it is closed. For whoever may give the provider to that member,
    /// and for the lead of a team of theirs.
    pub async fn decide_access_request(
        &self,
        actor: &Actor,
        request: AccessRequestId,
        verdict: &Verdict,
    ) -> Result<VersionedOutcome<AccessRequest>, Error> {
        let verdict = verdict.check(self.now())?;
        let change = self.change(actor).await?;
        let (asker, request) = find(&change.tx, change.organization, request).await?;
        let record = store::members::get(&change.tx, change.organization, asker, change.now)
            .await?
            .ok_or_else(no_request)?;
        change.may_decide(&record, request.provider.id).await?;
        if request.state != AccessRequestState::Open {
            return Ok(VersionedOutcome::Conflict(request));
        }
        let (state, action, note, until) = match &verdict {
            Verdict::Approve { until } => {
                change.fulfil(&record, &request.provider, *until).await?;
                (
                    AccessRequestState::Approved,
                    AuditAction::AccessApprove,
                    "",
                    *until,
                )
            }
            Verdict::Decline { note } => (
                AccessRequestState::Declined,
                AuditAction::AccessDecline,
                note.as_str(),
                None,
            ),
        };
        let closed = Close {
            state,
            action,
            note,
            until,
        };
        change.close(asker, &record.email, &request, closed).await?;
        let (_, decided) = find(&change.tx, change.organization, request.id).await?;
        change.commit().await?;
        Ok(VersionedOutcome::Saved(decided))
    }
}

/// A request with whose it is.
async fn find(
    conn: &impl Conn,
    organization: OrganizationId,
    request: AccessRequestId,
) -> Result<(MemberId, AccessRequest), Error> {
    let found = access_requests::get(conn, organization, request).await?;
    Ok(found.ok_or_else(no_request)?)
}

fn no_request() -> Problem {
    Problem::not_found("request")
}

/// A provider as the audit log keeps it.
fn named(provider: &ProviderRef) -> Value {
    json!({ "id": provider.id, "name": provider.name })
}

/// How a request is closed and what the audit log calls it.
struct Close<'a> {
    state: AccessRequestState,
    action: AuditAction,
    note: &'a str,
    until: Option<Timestamp>,
}

impl Change {
    /// Refuses whoever may not decide about a member and a provider.
    async fn may_decide(&self, asker: &MemberRecord, provider: ProviderId) -> Result<(), Error> {
        let (actor, organization) = (self.actor()?, self.organization);
        if self.role().may_change(asker.role) {
            return Ok(());
        }
        let decider = Decider {
            role: self.role(),
            is_asker: actor.member == asker.id,
            leads_asker: access_requests::leads(&self.tx, organization, actor.member, Some(asker.id)).await?,
            can_use: usable(&self.tx, organization, actor.member, self.now)
                .await?
                .contains(&provider),
        };
        if decider.may_decide(asker.role) {
            return Ok(());
        }
        Err(self.refuse(if self.role().administers() {
            "Only an owner can decide about an owner."
        } else {
            "Only admins, owners and the leads of the person's teams can decide this. A lead must be able to use the provider."
        })
        .into())
    }

    /// Gives a member the provider that they asked for. Nothing is to be done when they can use it already.
    async fn fulfil(
        &self,
        asker: &MemberRecord,
        provider: &ProviderRef,
        until: Option<Timestamp>,
    ) -> Result<(), Error> {
        if asker.status != MemberStatus::Active {
            return Err(Problem::new(
                ProblemCode::Invalid,
                "This member is suspended. Reactivate them before you approve it, or decline it.",
            )
            .into());
        }
        let can_use = usable(&self.tx, self.organization, asker.id, self.now)
            .await?
            .contains(&provider.id);
        if can_use {
            return Ok(());
        }
        match until {
            None => self.grant(asker, &[provider.id], &[]).await,
            Some(until) => {
                let end = Terms {
                    ends_at: Some(until),
                    ..Terms::default()
                };
                self.allow_on(asker, provider.id, &end).await
            }
        }
    }

    /// Closes a request and writes the audit row; nothing when it is closed.
    async fn close(
        &self,
        asker: MemberId,
        email: &str,
        request: &AccessRequest,
        close: Close<'_>,
    ) -> Result<(), Error> {
        let Close {
            state,
            action,
            note,
            until,
        } = close;
        let closing = Closing {
            state,
            by: self.actor()?.user,
            note,
            until,
        };
        if !access_requests::close(&self.tx, self.organization, request.id, closing, self.now).await? {
            return Ok(());
        }
        let told = json!({ "provider": named(&request.provider), "note": note, "until": until });
        self.audit(action, AuditTarget::Member(asker), email, None, Some(told))
            .await
    }
}
