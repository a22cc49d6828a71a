//! What the binary can do beside serving.

pub mod audit;
pub mod backup;
pub mod keys;
pub mod review;
pub mod second_factor;

/// A refusal in its own words; whatever else failed, with its causes.
fn told(error: services::Error) -> Box<dyn std::error::Error> {
    match error {
        services::Error::Problem(problem) => problem.message.into(),
        other => other.into(),
    }
}
