//! Signing in and out, sessions, and who somebody is in an organization.

use crate::{Actor, Error, Services};
use domain::organization::{Me, Viewer};
use domain::{Problem, ProblemCode, Timestamp, UserId};
use secrecy::{ExposeSecret, SecretString};

/// A session's secret, for the cookie. Its `Debug` form shows nothing.
#[derive(Clone, Debug)]
pub struct SessionToken(SecretString);

impl SessionToken {
    /// The text to put into the cookie.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// A session that is still good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who is signed in.
    pub user: UserId,
    /// When the session ends at the latest.
    pub expires_at: Timestamp,
}

impl Services {
    /// Signs in with e-mail and password. `client` is where the request came from, for the rate limit.
    pub async fn sign_in(&self, email: &str, password: &str, client: &str) -> Result<SessionToken, Error> {
        let _ = (email, password, client);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Ends one session; one that has ended already is no failure.
    pub async fn sign_out(&self, token: &str) -> Result<(), Error> {
        let _ = (token,);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// The session behind a cookie, if it is still good.
    pub async fn session(&self, token: &str) -> Result<Option<Session>, Error> {
        let _ = (token,);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// The signed-in person.
    pub async fn me(&self, user: UserId) -> Result<Me, Error> {
        let _ = (user,);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// The person as a member of the organization in the URL; not found unless an active one.
    pub async fn actor(&self, user: UserId, slug: &str) -> Result<Actor, Error> {
        let _ = (user, slug);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// What the frame around each page of an organization needs.
    pub async fn viewer(&self, user: UserId, slug: &str) -> Result<Viewer, Error> {
        let _ = (user, slug);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Changes the own password, ends every session of the person and starts a new one.
    pub async fn change_password(
        &self,
        user: UserId,
        current: &str,
        new: &str,
    ) -> Result<SessionToken, Error> {
        let _ = (user, current, new);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }
}
