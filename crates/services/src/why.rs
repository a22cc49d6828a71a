//! Why a member may use a model, or why not.

use crate::{Actor, Error, Services};
use domain::access::why::{Asker, Explanation, Presented, Question, WhyInput};
use domain::access::{Grants, KeyLife};
use domain::provider::ProviderRef;
use domain::{Problem, Timestamp};
use store::Conn;

impl Services {
    /// The facts that decide whether a member may use a provider or a model, the first that does not hold, and what would
    /// mend it, as far as the actor may. For the member, and for auditors and above.
    pub async fn why(&self, actor: &Actor, asked: &WhyInput) -> Result<Explanation, Error> {
        let asker = Asker {
            role: actor.role,
            is_member: actor.member == asked.member,
        };
        if !asker.may_ask() {
            actor.reads_admin_side()?;
        }
        let (tx, now) = (self.read(actor).await?, self.now());
        explain(&tx, actor, asker, asked, now).await
    }
}

async fn explain(
    conn: &impl Conn,
    actor: &Actor,
    asker: Asker,
    asked: &WhyInput,
    now: Timestamp,
) -> Result<Explanation, Error> {
    let organization = actor.organization;
    let record = store::members::get(conn, organization, asked.member, now)
        .await?
        .ok_or_else(|| Problem::not_found("member"))?;
    let providers = store::access::providers(conn, organization).await?;
    let known = asked
        .provider
        .is_none_or(|id| providers.iter().any(|p| p.id == id));
    if !known {
        return Err(Problem::not_found("provider").into());
    }
    let (own, teams) = store::access::sources(conn, organization, asked.member).await?;
    let carried = store::access::carried(conn, organization).await?;
    let key = match asked.key {
        None => None,
        Some(id) => {
            let keys = store::access::keys(conn, organization, Some(&[id])).await?;
            Some(keys.into_iter().find(|key| key.member == Some(asked.member)))
        }
    };
    let presented = key.as_ref().map(|key| match key {
        None => Presented::Unknown,
        Some(key) => Presented::Known {
            life: KeyLife {
                revoked: key.revoked,
                ends_at: key.expires_at,
            },
            scope: key.scope.as_deref(),
        },
    });
    let question = Question {
        status: record.status,
        grants: Grants {
            own: &own,
            teams: &teams,
            carried: &carried,
        },
        key: presented,
        provider: asked.provider,
        model: asked.model.as_deref(),
        now,
    };
    let why = question.answer(&providers);
    let mend = why.mend(record.status, record.role, asker);
    let reason = why.reason(record.status);
    let why = asker.hears(why);
    let about = providers
        .into_iter()
        .find(|provider| Some(provider.id) == why.provider);
    let mut teams = store::teams::of_member(conn, organization, asked.member).await?;
    teams.retain(|team| why.sources.iter().any(|source| source.team == Some(team.id)));
    Ok(Explanation {
        provider: about.map(|provider| ProviderRef {
            id: provider.id,
            name: provider.name,
            status: provider.status,
            api_type: provider.api_type,
        }),
        why,
        reason,
        mend,
        teams,
    })
}
