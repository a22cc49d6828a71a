//! First set-up: the first organization and its owner.

use crate::{Error, Services, SessionToken};
use domain::organization::SetupInput;
use domain::{Problem, ProblemCode};

/// What set-up made.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// The new organization's part of every URL.
    pub slug: String,
    /// The first owner's session.
    pub session: SessionToken,
}

impl Services {
    /// Whether nobody has set up this instance yet.
    pub async fn setup_needed(&self) -> Result<bool, Error> {
        let _ = ();
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }

    /// Makes the first organization and its owner, once.
    pub async fn set_up(&self, input: &SetupInput) -> Result<SetUp, Error> {
        let _ = (input,);
        Err(Problem::new(ProblemCode::Internal, "unwritten").into())
    }
}

impl Services {
    /// The one-time code that set-up asks for; none once it has been done.
    pub fn setup_code(&self) -> Option<String> {
        None
    }
}
