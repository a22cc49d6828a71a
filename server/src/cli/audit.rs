//! `gatehouse audit`: whether the audit log is as it was written.

use clap::Subcommand;
use services::{AuditFault, Services, VerifiedChain};
use std::error::Error;
use std::fmt::Write;

/// What can be done with the audit log.
#[derive(Subcommand)]
pub enum Audit {
    /// Check that no entry was changed, removed or added since it was written, and print where each organization's log ends.
    Verify,
}

/// Does it. Fails when a log is not as it was written.
pub async fn run(services: &Services, command: Audit) -> Result<(), Box<dyn Error>> {
    let Audit::Verify = command;
    let verified = services.verify_audit().await?;
    let broken = verified
        .iter()
        .filter(|chain| chain.verdict.broken.is_some())
        .count();
    for chain in &verified {
        println!("{}", told(chain));
    }
    match broken {
        0 => Ok(()),
        1 => Err("One audit log is not as it was written.".into()),
        n => Err(format!("{n} audit logs are not as they were written.").into()),
    }
}

/// One line: whose log, how long it is, and its last hash or where it is broken.
fn told(chain: &VerifiedChain) -> String {
    let whose = chain.organization.as_deref().unwrap_or("(no organization)");
    let head = chain.verdict.head;
    let Some(broken) = chain.verdict.broken else {
        let mut hash = String::new();
        for byte in head.hash {
            // Writing to a text does not fail.
            let _ = write!(hash, "{byte:02x}");
        }
        return format!(
            "{whose}: {} entries, as they were written. Ends with {hash}",
            head.length
        );
    };
    let what = match (broken.fault, broken.entry) {
        (AuditFault::Changed, _) => "it was changed",
        (AuditFault::Added, Some(_)) => "it was added by somebody else",
        (AuditFault::Added, None) => "entries were added",
        (AuditFault::Removed, Some(_)) => "entries before it were removed",
        (AuditFault::Removed, None) => "the last entries were removed",
    };
    match broken.entry {
        Some((id, at)) => format!(
            "{whose}: broken at entry {id} of {}, place {}: {what}.",
            at.rfc3339(),
            broken.place
        ),
        None => format!("{whose}: broken after place {}: {what}.", head.length),
    }
}
