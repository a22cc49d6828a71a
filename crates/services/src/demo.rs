//! A sample organization to look around in.

use crate::{Error, Services};
use domain::{Problem, ProblemCode, Role};

/// How to sign in to the sample organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demo {
    /// Its part of every URL.
    pub slug: String,
    /// The password of every sign-in.
    pub password: &'static str,
    /// One e-mail for each role.
    pub sign_ins: Vec<(Role, &'static str)>,
}

/// Makes the sample organization, and a second small one for the switcher. Once made, it is left as it is.
pub async fn install_demo(services: &Services) -> Result<Demo, Error> {
    let _ = services;
    Err(Problem::new(ProblemCode::Internal, "unwritten").into())
}
