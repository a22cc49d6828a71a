//! Templates: keeping them, and giving one to many.

use crate::change::Change;
use crate::members::{provider_names, team_names};
use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::bulk::{ApplyInput, ApplyOutcome, Shown};
use domain::provider::ProviderRef;
use domain::search::fold;
use domain::team::TeamRef;
use domain::templates::{
    TEMPLATES, TemplateApplying, TemplateContent, TemplateInput, TemplateList, TemplateQuery, TemplateView,
};
use domain::{OrganizationId, Problem, ProblemCode, TemplateId, VersionedOutcome};
use serde_json::{Value, json};
use store::Conn;
use store::templates::TemplateRecord;

impl Services {
    /// Every template, and what giving one to those who match a search would do. For auditors and above; that, for admins and
    /// owners.
    pub async fn templates(&self, actor: &Actor, query: &TemplateQuery) -> Result<TemplateList, Error> {
        actor.reads_admin_side()?;
        let tx = self.read(actor).await?;
        let around = Around::read(&tx, actor.organization).await?;
        let records = store::templates::list(&tx, actor.organization).await?;
        drop(tx);
        let applying = match query.apply {
            None => None,
            Some(id) => {
                let record = found(&records, id)?;
                let content = around.left(&record.content);
                let input = query.input(&content, self.now());
                let shown = match query.search.is_empty() {
                    true => None,
                    false => Some(self.bulk_preview(actor, &input).await?.cut()),
                };
                Some(TemplateApplying {
                    template: around.view(record),
                    change: input.change,
                    shown,
                })
            }
        };
        Ok(TemplateList {
            templates: records.iter().map(|record| around.view(record)).collect(),
            applying,
            providers: around.providers,
            teams: around.teams,
        })
    }

    /// Makes a template. For admins and owners.
    pub async fn create_template(&self, actor: &Actor, input: &TemplateInput) -> Result<TemplateId, Error> {
        let (name, content) = input.check()?;
        let change = self.administer(actor).await?;
        let (tx, organization) = (&change.tx, change.organization);
        let records = store::templates::list(tx, organization).await?;
        if records.len() >= TEMPLATES {
            let message = format!("At most {TEMPLATES} templates. Delete one first.");
            return Err(Problem::new(ProblemCode::Invalid, message).into());
        }
        free(&records, &name, None)?;
        let around = Around::read(tx, organization).await?;
        around.all_there(&content)?;
        let id = store::templates::insert(tx, organization, &name, &content).await?;
        let told = around.told(&name, &content);
        change
            .audit(
                AuditAction::TemplateCreate,
                AuditTarget::Template(id),
                &name,
                None,
                Some(told),
            )
            .await?;
        change.commit().await?;
        Ok(id)
    }

    /// Changes a template, if it is still as it was read. What was given by it stays. For admins and owners.
    pub async fn change_template(
        &self,
        actor: &Actor,
        template: TemplateId,
        version: i64,
        input: &TemplateInput,
    ) -> Result<VersionedOutcome<TemplateView>, Error> {
        let (name, content) = input.check()?;
        let change = self.administer(actor).await?;
        let (tx, organization) = (&change.tx, change.organization);
        let records = store::templates::list(tx, organization).await?;
        let before = found(&records, template)?;
        let around = Around::read(tx, organization).await?;
        if before.version != version {
            return Ok(VersionedOutcome::Conflict(around.view(before)));
        }
        free(&records, &name, Some(template))?;
        around.all_there(&content)?;
        let after = TemplateRecord {
            id: template,
            version: version + 1,
            name,
            content,
        };
        if (&before.name, &before.content) == (&after.name, &after.content) {
            return Ok(VersionedOutcome::Saved(around.view(before)));
        }
        store::templates::update(tx, organization, template, &after.name, &after.content).await?;
        change
            .audit(
                AuditAction::TemplateChange,
                AuditTarget::Template(template),
                &before.name,
                Some(around.told(&before.name, &before.content)),
                Some(around.told(&after.name, &after.content)),
            )
            .await?;
        change.commit().await?;
        Ok(VersionedOutcome::Saved(around.view(&after)))
    }

    /// Deletes a template; what was given by it stays. For admins and owners.
    pub async fn delete_template(&self, actor: &Actor, template: TemplateId) -> Result<(), Error> {
        let change = self.administer(actor).await?;
        change.delete_template(template).await?;
        change.commit().await
    }

    /// Gives a template to those who match a search, as it was shown; when it would be something else by now, does nothing. It
    /// can be undone as any change of many. For admins and owners.
    pub async fn apply_template(
        &self,
        actor: &Actor,
        query: &TemplateQuery,
        fingerprint: &str,
        idempotency_key: &str,
    ) -> Result<ApplyOutcome, Error> {
        self.administers(actor)?;
        if query.search.is_empty() {
            return Err(Problem::invalid("q", "Search for the members first.").into());
        }
        let tx = self.read(actor).await?;
        let around = Around::read(&tx, actor.organization).await?;
        let records = store::templates::list(&tx, actor.organization).await?;
        drop(tx);
        let template = query.apply.ok_or_else(|| Problem::not_found("template"))?;
        let content = around.left(&found(&records, template)?.content);
        // Made anew from the template: if that has changed, the preview is another one.
        let input = ApplyInput {
            asked: query.input(&content, self.now()),
            fingerprint: fingerprint.to_owned(),
            idempotency_key: idempotency_key.to_owned(),
        };
        Ok(match self.bulk_apply(actor, &input).await? {
            ApplyOutcome::PreviewChanged(shown) => ApplyOutcome::PreviewChanged(Box::new(Shown::cut(*shown))),
            applied => applied,
        })
    }
}

impl Change {
    async fn delete_template(&self, template: TemplateId) -> Result<(), Error> {
        let (tx, organization) = (&self.tx, self.organization);
        let records = store::templates::list(tx, organization).await?;
        let before = found(&records, template)?;
        let told = Around::read(tx, organization)
            .await?
            .told(&before.name, &before.content);
        store::templates::delete(tx, organization, template).await?;
        let target = AuditTarget::Template(template);
        self.audit(
            AuditAction::TemplateDelete,
            target,
            &before.name,
            Some(told),
            None,
        )
        .await
    }
}

fn found(records: &[TemplateRecord], id: TemplateId) -> Result<&TemplateRecord, Problem> {
    let found = records.iter().find(|record| record.id == id);
    found.ok_or_else(|| Problem::not_found("template"))
}

/// Refuses a name that another template has.
fn free(records: &[TemplateRecord], name: &str, own: Option<TemplateId>) -> Result<(), Problem> {
    let taken = |record: &TemplateRecord| Some(record.id) != own && fold(&record.name) == fold(name);
    match records.iter().any(taken) {
        true => Err(Problem::invalid(
            "name",
            format!("A template named {name} already exists. Choose another name."),
        )),
        false => Ok(()),
    }
}

/// What templates name.
struct Around {
    providers: Vec<ProviderRef>,
    teams: Vec<TeamRef>,
}

impl Around {
    async fn read(conn: &impl Conn, organization: OrganizationId) -> Result<Self, Error> {
        Ok(Self {
            providers: store::providers::refs(conn, organization).await?,
            teams: store::teams::refs(conn, organization).await?,
        })
    }

    fn providers_of(&self, content: &TemplateContent) -> Vec<ProviderRef> {
        let named = |provider: &&ProviderRef| content.providers.contains(&provider.id);
        self.providers.iter().filter(named).cloned().collect()
    }

    fn teams_of(&self, content: &TemplateContent) -> Vec<TeamRef> {
        let named = |team: &&TeamRef| content.teams.contains(&team.id);
        self.teams.iter().filter(named).cloned().collect()
    }

    /// What is left of it: what was deleted since is no longer given.
    fn left(&self, content: &TemplateContent) -> TemplateContent {
        TemplateContent {
            providers: self
                .providers_of(content)
                .iter()
                .map(|provider| provider.id)
                .collect(),
            teams: self.teams_of(content).iter().map(|team| team.id).collect(),
            days: content.days,
        }
    }

    fn view(&self, record: &TemplateRecord) -> TemplateView {
        TemplateView {
            id: record.id,
            version: record.version,
            name: record.name.clone(),
            providers: self.providers_of(&record.content),
            teams: self.teams_of(&record.content),
            days: record.content.days,
        }
    }

    /// Refuses what is not in this organization.
    fn all_there(&self, content: &TemplateContent) -> Result<(), Problem> {
        if self.providers_of(content).len() < content.providers.len() {
            let message = "One of these providers does not exist. Load the page again.";
            return Err(Problem::invalid("providers", message));
        }
        if self.teams_of(content).len() < content.teams.len() {
            let message = "One of these teams does not exist. Load the page again.";
            return Err(Problem::invalid("teams", message));
        }
        Ok(())
    }

    /// A template as the audit log tells it.
    fn told(&self, name: &str, content: &TemplateContent) -> Value {
        json!({
            "name": name,
            "providers": provider_names(&self.providers_of(content)),
            "teams": team_names(&self.teams_of(content)),
            "days": content.days,
        })
    }
}
