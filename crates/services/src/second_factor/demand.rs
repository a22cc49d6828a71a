//! Organizations that demand a second factor, and what satisfies them.

use crate::Error;
use crate::auth::Asker;
use domain::{Problem, ProblemCode};
use store::ReadTx;
use store::organizations::Membership;

/// The names of the organizations that demand a second factor which this person has not got or not proven.
pub(crate) async fn unproven(tx: &ReadTx, asker: Asker) -> Result<Vec<String>, Error> {
    if asker.sign_on.is_none() && store::second_factors::is_on(tx, asker.user).await? {
        return Ok(Vec::new());
    }
    Ok(store::second_factors::demanded_by(tx, asker.user, asker.sign_on).await?)
}

/// Refuses whoever has not got or not proven the second factor that the organization demands. Whom its own provider of
/// single sign-on vouches for needs none here; what another organization's provider says does not count.
pub(crate) async fn prove_second_factor(tx: &ReadTx, asker: Asker, place: &Membership) -> Result<(), Error> {
    if asker.sign_on == Some(place.organization)
        || !store::second_factors::is_demanded(tx, place.organization).await?
    {
        return Ok(());
    }
    let remedy = match (store::second_factors::is_on(tx, asker.user).await?, asker.sign_on) {
        (true, None) => return Ok(()),
        (true, Some(_)) => "Sign out, then sign in with your password and a code.",
        (false, _) => "Set one up under Account, Security.",
    };
    let message = format!("{} requires a second factor. {remedy}", place.name);
    Err(Problem::new(ProblemCode::SecondFactorRequired, message).into())
}
