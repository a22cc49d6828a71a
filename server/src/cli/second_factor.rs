//! `gatehouse second-factor`: for whoever has lost theirs, and has nobody else who could help.

use super::told;
use clap::Subcommand;
use services::Services;

/// What can be done with second factors.
#[derive(Subcommand)]
pub enum SecondFactor {
    /// Turn an account's second factor off and end its sessions.
    Reset {
        /// The account's e-mail address.
        email: String,
    },
}

/// Does it.
pub async fn run(services: &Services, command: SecondFactor) -> Result<(), Box<dyn std::error::Error>> {
    let SecondFactor::Reset { email } = command;
    services
        .operator_reset_second_factor(&email)
        .await
        .map_err(told)?;
    eprintln!("The second factor of {email} is off. All sessions of the account have ended.");
    Ok(())
}
