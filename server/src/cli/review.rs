//! `gatehouse review`: whether the result of an access review is as it was signed.

use clap::Subcommand;
use services::{Services, VerifiedReview, verify_review};
use std::error::Error;
use std::path::{Path, PathBuf};

/// What can be done with access reviews.
#[derive(Subcommand)]
pub enum Review {
    /// Check that the result of an access review is as it was signed, and say what it says.
    Verify {
        /// The file that was downloaded.
        file: PathBuf,
        /// The public key of the server that signed it, as `gatehouse review key` prints it there; without, this server's.
        #[arg(long, value_name = "KEY")]
        public_key: Option<String>,
    },
    /// Print the public key with which anybody can check what this server signs.
    Key,
}

impl Review {
    /// Whether it needs the key of this server.
    pub fn needs_server(&self) -> bool {
        !matches!(
            self,
            Self::Verify {
                public_key: Some(_),
                ..
            }
        )
    }
}

/// Does it; `services` is there where [`Review::needs_server`] says so. Fails when a file is not as it was signed.
pub fn run(services: Option<&Services>, command: Review) -> Result<(), Box<dyn Error>> {
    let own = services.map(Services::review_public_key);
    match command {
        Review::Key => println!("{}", own.unwrap_or_default()),
        Review::Verify { file, public_key } => {
            let key = public_key.or(own).unwrap_or_default();
            let text = read(&file)?;
            let review = verify_review(&text, &key)
                .map_err(|fault| format!("{}: {}", file.display(), crate::chain(&fault)))?;
            println!("{}", told(&review));
        }
    }
    Ok(())
}

fn read(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|why| format!("{} cannot be read: {why}.", file.display()))
}

fn told(review: &VerifiedReview) -> String {
    let VerifiedReview {
        about,
        organization,
        server,
        closed_at,
        closed_by,
        kept,
        ended,
        undecided,
    } = review;
    format!(
        "As it was signed: {about}, organization {organization} at {server}. {kept} kept, {ended} ended, {undecided} undecided; \
         closed {closed_at} by {closed_by}."
    )
}
