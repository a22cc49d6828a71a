//! Saved views of AI Access. They decide nothing and hold nothing that their readers do not see anyway, so they are not in
//! the audit log.

use crate::change::Change;
use crate::{Actor, Error, Services};
use domain::limits::{SHARED_VIEWS, VIEWS_PER_MEMBER};
use domain::views::{SavedView, ViewInput};
use domain::{Problem, ProblemCode, ViewId};
use store::views::NewView;

impl Services {
    /// Saves a view; saving the same again under the same name is the same view. For auditors and above; one that all are
    /// to see, for admins and above.
    pub async fn save_view(&self, actor: &Actor, input: ViewInput) -> Result<ViewInput, Error> {
        let input = input.check()?;
        let change = self.change(actor).await?;
        let views = seen(&change).await?;
        may_share(&change, input.shared)?;
        let same_kind = || views.iter().filter(|view| view.shared == input.shared);
        if let Some(view) = same_kind().find(|view| view.name == input.name) {
            return match view.query == input.query {
                true => Ok(input),
                false => Err(taken(&input.name).into()),
            };
        }
        let most = if input.shared {
            SHARED_VIEWS
        } else {
            VIEWS_PER_MEMBER
        };
        if same_kind().count() >= most {
            let message = format!("There are {most} views already. Delete one of them first.");
            return Err(Problem::invalid("name", message).into());
        }
        let new = NewView {
            member: (!input.shared).then_some(actor.member),
            name: &input.name,
            query: &input.query,
            at: change.now,
        };
        store::views::insert(&change.tx, change.organization, &new).await?;
        change.commit().await?;
        Ok(input)
    }

    /// Gives a view another name, and shares it or no longer: then it is the actor's. For whoever may save such views.
    pub async fn change_view(
        &self,
        actor: &Actor,
        view: ViewId,
        name: &str,
        shared: bool,
    ) -> Result<(), Error> {
        let name = domain::input::name("name", name, "the view's name")?;
        let change = self.change(actor).await?;
        let views = seen(&change).await?;
        let before = find(&views, view)?;
        may_share(&change, before.shared || shared)?;
        let holds = |other: &SavedView| other.id != view && other.shared == shared && other.name == name;
        if views.iter().any(holds) {
            return Err(taken(&name).into());
        }
        let member = (!shared).then_some(actor.member);
        store::views::change(&change.tx, change.organization, view, &name, member).await?;
        change.commit().await
    }

    /// Deletes a view; one that is gone already is no failure. For whoever may save such a view.
    pub async fn delete_view(&self, actor: &Actor, view: ViewId) -> Result<(), Error> {
        let change = self.change(actor).await?;
        let views = seen(&change).await?;
        let Ok(before) = find(&views, view) else {
            return Ok(());
        };
        may_share(&change, before.shared)?;
        store::views::delete(&change.tx, change.organization, view).await?;
        change.commit().await
    }
}

/// The views that the actor sees. Refused to whoever does not see AI Access.
async fn seen(change: &Change) -> Result<Vec<SavedView>, Error> {
    let actor = change.actor()?;
    actor.reads_admin_side()?;
    Ok(store::views::of_member(&change.tx, change.organization, actor.member).await?)
}

fn may_share(change: &Change, shared: bool) -> Result<(), Problem> {
    match shared && !change.role().administers() {
        true => {
            Err(change
                .refuse("Only admins and owners can change shared views. Save it for yourself instead."))
        }
        false => Ok(()),
    }
}

fn find(views: &[SavedView], view: ViewId) -> Result<&SavedView, Problem> {
    let found = views.iter().find(|seen| seen.id == view);
    found.ok_or_else(|| Problem::new(ProblemCode::NotFound, "There is no such view any more."))
}

fn taken(name: &str) -> Problem {
    Problem::invalid(
        "name",
        format!("There is a view called “{name}” already. Choose another name."),
    )
}
