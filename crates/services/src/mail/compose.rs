//! What each kind of message tells, from what is stored at the moment it is sent.

use super::letter::Letter;
use crate::budgets::{WarningDetails, title};
use crate::invitations::still_open;
use crate::{Actor, Error, Services};
use domain::Timestamp;
use serde::{Deserialize, Serialize};
use store::WriteTx;
use store::mail::{MailKind, MailRecord};

/// What is stored with a message about a link for a new password.
#[derive(Serialize, Deserialize)]
pub(crate) struct ResetDetails {
    pub(crate) reset: i64,
}

/// What is stored with a message about a sign-in.
#[derive(Serialize, Deserialize)]
pub(crate) struct SignInDetails {
    pub(crate) at: Timestamp,
    /// The client's address.
    pub(crate) from: String,
}

/// What is stored with a message about a second factor that is gone.
#[derive(Serialize, Deserialize)]
pub(crate) struct FactorResetDetails {
    pub(crate) at: Timestamp,
    /// Who took it away.
    pub(crate) by: String,
}

impl Services {
    /// The message, or why it is of no use any more.
    pub(super) async fn compose(
        &self,
        tx: &WriteTx,
        mail: &MailRecord,
        now: Timestamp,
    ) -> Result<Result<Letter, String>, Error> {
        match mail.kind {
            MailKind::Invitation => self.invitation_letter(tx, mail, now).await,
            MailKind::PasswordReset => self.reset_letter(tx, mail, now).await,
            MailKind::NewSignIn => {
                let details: SignInDetails = serde_json::from_str(&mail.details)?;
                Ok(Ok(self.sign_in_letter(&details)))
            }
            MailKind::BudgetWarning => self.warning_letter(tx, mail, now).await,
            MailKind::SecondFactorReset => {
                let details: FactorResetDetails = serde_json::from_str(&mail.details)?;
                Ok(Ok(self.factor_reset_letter(&details)))
            }
        }
    }

    async fn invitation_letter(
        &self,
        tx: &WriteTx,
        mail: &MailRecord,
        now: Timestamp,
    ) -> Result<Result<Letter, String>, Error> {
        const OVER: &str = "The invitation was no longer open.";
        let (Some(organization), Some(member)) = (mail.organization, mail.member) else {
            return Ok(Err(OVER.to_owned()));
        };
        let invitation = store::invitations::of_member(tx, organization, member).await?;
        let place = store::organizations::get(tx, organization).await?;
        let (Some(invitation), Some(place)) = (invitation, place) else {
            return Ok(Err(OVER.to_owned()));
        };
        if !still_open(tx, &invitation, now).await? {
            return Ok(Err(OVER.to_owned()));
        }
        let link = match self.link_again(&invitation) {
            Ok(link) => link,
            Err(Error::Problem(problem)) => return Ok(Err(problem.message)),
            Err(error) => return Err(error),
        };
        let inviter = match invitation.invited_by {
            Some(user) => store::users::get(tx, user).await?,
            None => None,
        };
        let who = inviter.map_or_else(
            || "An administrator".to_owned(),
            |user| match user.name.is_empty() {
                true => user.email,
                false => format!("{} ({})", user.name, user.email),
            },
        );
        let greeting = match invitation.name.as_str() {
            "" => "Hello,".to_owned(),
            name => format!("Hello {name},"),
        };
        Ok(Ok(Letter {
            subject: format!("Join {} on Gatehouse", place.name),
            paragraphs: vec![
                greeting,
                format!(
                    "{who} invited you to join {} on Gatehouse as {}. Gatehouse is where your organization gives access to \
                     AI providers.",
                    place.name,
                    invitation.role.label().to_lowercase(),
                ),
            ],
            link: Some(("Accept invitation".to_owned(), link)),
            notes: vec![format!(
                "The link works once, only for {}, and expires on {}. If you did not expect this invitation, ignore this \
                 message.",
                invitation.email,
                invitation.expires_at.exact(),
            )],
        }))
    }

    async fn reset_letter(
        &self,
        tx: &WriteTx,
        mail: &MailRecord,
        now: Timestamp,
    ) -> Result<Result<Letter, String>, Error> {
        const OVER: &str = "The link for a new password was no longer open.";
        let details: ResetDetails = serde_json::from_str(&mail.details)?;
        let Some(user) = mail.user else {
            return Ok(Err(OVER.to_owned()));
        };
        let reset = store::password_resets::get(tx, user, details.reset).await?;
        let user = store::users::get(tx, user).await?;
        let (Some(reset), Some(user)) = (reset, user) else {
            return Ok(Err(OVER.to_owned()));
        };
        if now >= reset.expires_at {
            return Ok(Err(OVER.to_owned()));
        }
        let link = self.reset_link(&user.email_identity, &reset)?;
        Ok(Ok(Letter {
            subject: "Reset your Gatehouse password".to_owned(),
            paragraphs: vec![format!(
                "Somebody asked for a new password for {} on Gatehouse.",
                user.email
            )],
            link: Some(("Choose new password".to_owned(), link)),
            notes: vec![
                format!("The link works once and expires on {}.", reset.expires_at.exact()),
                "If you did not ask for it, ignore this message: your password stays as it is.".to_owned(),
            ],
        }))
    }

    async fn warning_letter(
        &self,
        tx: &WriteTx,
        mail: &MailRecord,
        now: Timestamp,
    ) -> Result<Result<Letter, String>, Error> {
        const OVER: &str = "The budget, or the member, is gone.";
        let details: WarningDetails = serde_json::from_str(&mail.details)?;
        let (Some(organization), Some(member)) = (mail.organization, mail.member) else {
            return Ok(Err(OVER.to_owned()));
        };
        let records = store::budgets::list(tx, organization).await?;
        let record = records.iter().find(|record| record.budget.id == details.budget);
        let place = store::organizations::get(tx, organization).await?;
        let member = store::members::get(tx, organization, member, now).await?;
        let (Some(record), Some(place), Some(member)) = (record, place, member) else {
            return Ok(Err(OVER.to_owned()));
        };
        let (budget, title) = (&record.budget, title(record));
        let limit = budget.limit.unwrap_or(0);
        let (page, label) = match member.role.reads_admin_side() {
            true => ("budgets", "Open budgets"),
            false => ("spend", "Open your spend"),
        };
        let rest = match details.percent {
            100.. => "Further requests are refused until it renews or somebody raises it.",
            _ => "At 100 % further requests are refused.",
        };
        Ok(Ok(Letter {
            subject: format!("{} % of a budget is spent: {title}", details.percent),
            paragraphs: vec![format!(
                "{title}, {}, of {}: {} spent. {rest}",
                budget.periods.label(),
                place.name,
                budget.unit.part(record.spent, limit),
            )],
            link: Some((
                label.to_owned(),
                format!("{}/o/{}/{page}", self.inner.public_url, place.slug),
            )),
            notes: vec!["Owners and admins choose these levels on the Budgets page.".to_owned()],
        }))
    }

    pub(super) fn test_letter(&self, actor: &Actor) -> Letter {
        Letter {
            subject: "Test message from Gatehouse".to_owned(),
            paragraphs: vec!["Email works: the mail server took this message.".to_owned()],
            link: Some((
                "Open settings".to_owned(),
                format!("{}/o/{}/settings", self.inner.public_url, actor.slug),
            )),
            notes: vec![format!("{} asked for it in the settings.", actor.email)],
        }
    }

    fn factor_reset_letter(&self, details: &FactorResetDetails) -> Letter {
        Letter {
            subject: "Your second factor was reset".to_owned(),
            paragraphs: vec![format!(
                "{} reset the second factor of your Gatehouse account on {}. You are signed out everywhere, and signing in \
                 takes your password alone until you set a second factor up again.",
                details.by,
                details.at.exact(),
            )],
            link: Some((
                "Set up second factor".to_owned(),
                format!("{}/account/security", self.inner.public_url),
            )),
            notes: vec![
                "If you did not ask for this, change your password and tell an administrator of your organization."
                    .to_owned(),
            ],
        }
    }

    fn sign_in_letter(&self, details: &SignInDetails) -> Letter {
        Letter {
            subject: "New sign-in to Gatehouse".to_owned(),
            paragraphs: vec![format!(
                "Somebody signed in to your Gatehouse account with your password on {}, from {}, in a browser that had not \
                 signed you in before.",
                details.at.exact(),
                details.from,
            )],
            link: Some(("Open your account".to_owned(), format!("{}/account", self.inner.public_url))),
            notes: vec![
                "If this was you, there is nothing to do. If not, change your password: that ends every session.".to_owned(),
            ],
        }
    }
}
