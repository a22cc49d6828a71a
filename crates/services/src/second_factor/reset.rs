//! Taking somebody else's second factor away, who has lost it. The rule and its reasons are in
//! `docs/decisions/0016-who-may-take-a-second-factor-away.md`.

use crate::actor::Principal;
use crate::audit::lock_places;
use crate::mail::FactorResetDetails;
use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::session::MemberSecondFactor;
use domain::{MemberId, Problem, ProblemCode, UserId, email};
use store::mail::MailKind;
use store::members::MemberRecord;
use store::users::UserRecord;
use store::{Conn, WriteTx};

/// How the audit log and the message call whoever has a shell on the server.
const COMMAND: &str = "gatehouse second-factor";

impl Services {
    /// How a member's second factor stands, and whether the actor may reset it. For auditors and above.
    pub async fn member_second_factor(
        &self,
        actor: &Actor,
        member: MemberId,
    ) -> Result<MemberSecondFactor, Error> {
        actor.reads_admin_side()?;
        let (tx, now) = (self.read(actor).await?, self.now());
        let record = store::members::get(&tx, actor.organization, member, now).await?;
        let (record, user) = joined(record)?;
        let factor = store::second_factors::get(&tx, user).await?;
        let obstacle = obstacle(&tx, actor, &record).await?;
        Ok(MemberSecondFactor {
            name: match record.name.is_empty() {
                true => record.email,
                false => record.name,
            },
            since: factor.and_then(|factor| factor.confirmed_at),
            recovery_codes: store::second_factors::recovery_codes(&tx, user).await?,
            obstacle: obstacle.map(|problem| problem.message),
            now,
        })
    }

    /// Takes a member's second factor away, ends their sessions and tells them. For admins, up to their own role, and only
    /// where the account belongs to no other organization.
    pub async fn reset_second_factor(&self, actor: &Actor, member: MemberId) -> Result<(), Error> {
        let change = self.administer(actor).await?;
        let record = store::members::get(&change.tx, change.organization, member, change.now).await?;
        let (record, user) = joined(record)?;
        if let Some(problem) = obstacle(&change.tx, change.actor()?, &record).await? {
            return Err(problem.into());
        }
        let account = store::users::get(&change.tx, user).await?;
        let account = account.ok_or_else(|| Problem::not_found("member"))?;
        self.take_away(&change.tx, &account, &actor.email).await?;
        let (action, target) = (AuditAction::SecondFactorReset, AuditTarget::Member(member));
        change.audit(action, target, &record.email, None, None).await?;
        change.commit().await?;
        self.mail_is_due();
        Ok(())
    }

    /// The same for any account, by whoever has a shell on the server.
    pub async fn operator_reset_second_factor(&self, address: &str) -> Result<(), Error> {
        let identity = email::check(address.trim())
            .map_err(|why| Problem::invalid("email", why.to_string()))?
            .identity;
        let tx = self.inner.store.write().await?;
        let account = store::users::by_identity(&tx, &identity).await?;
        let account = account.ok_or_else(|| {
            let message = format!("There is no account with the address {address}.");
            Problem::new(ProblemCode::NotFound, message)
        })?;
        lock_places(&tx, &[account.id]).await?;
        self.take_away(&tx, &account, "The operator of the server")
            .await?;
        let operator = Principal::Operator { command: COMMAND };
        self.note_about_person(&tx, &operator, &account, AuditAction::SecondFactorReset, None)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn take_away(&self, tx: &WriteTx, account: &UserRecord, by: &str) -> Result<(), Error> {
        if !store::second_factors::delete(tx, account.id).await? {
            let message = format!("{} has no second factor.", account.email);
            return Err(Problem::new(ProblemCode::Conflict, message).into());
        }
        store::sessions::delete_of_user(tx, account.id).await?;
        if self.mail_is_set_up() {
            let (at, by) = (self.now(), by.to_owned());
            let details = serde_json::to_string(&FactorResetDetails { at, by })?;
            let kind = MailKind::SecondFactorReset;
            store::mail::queue_for_user(tx, kind, account.id, &account.email, &details, at).await?;
        }
        Ok(())
    }
}

/// The member's row and account; an invitation has none.
fn joined(record: Option<MemberRecord>) -> Result<(MemberRecord, UserId), Problem> {
    let record = record.ok_or_else(|| Problem::not_found("member"))?;
    let user = record.user.ok_or_else(|| Problem::not_found("member"))?;
    Ok((record, user))
}

/// Why the actor may not reset the member's second factor.
async fn obstacle(conn: &impl Conn, actor: &Actor, member: &MemberRecord) -> Result<Option<Problem>, Error> {
    let forbidden = |message: &str| Ok(Some(Problem::new(ProblemCode::Forbidden, message)));
    if !actor.role.may_change(member.role) {
        return forbidden(match actor.role.administers() {
            true => "Only an owner can reset an owner's second factor.",
            false => "Ask an admin or owner to reset it.",
        });
    }
    if member.user == Some(actor.user) {
        return forbidden("This is you. Turn your second factor off under Account, Security.");
    }
    let Some(user) = member.user else {
        return Ok(None);
    };
    let places = store::members::of_user(conn, user).await?;
    if places.iter().any(|(place, _)| *place != actor.organization) {
        return forbidden(
            "The account belongs to another organization as well, so only its person can turn the second factor off, with a \
             recovery code, or whoever runs this server.",
        );
    }
    Ok(None)
}
