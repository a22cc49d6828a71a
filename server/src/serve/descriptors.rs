//! How many files the process may open, and so how many connections it can take.

/// Files for everything but connections: the database with its log, exports, the listening sockets.
const OTHER_FILES: u64 = 64;
/// More connections than this want more memory than a server of this kind has; whoever has it sets the number.
const MOST: u64 = 10_000;

/// Asks for as many files as this process may have, and says how many that is; `None` is as many as it likes.
#[cfg(unix)]
pub fn raise() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the number of open files stays limited"
            );
            limit.current
        }
    }
}

/// Elsewhere there is no such limit.
#[cfg(not(unix))]
pub fn raise() -> Option<u64> {
    None
}

/// Connections at once with so many files: each may need another one, to a provider.
pub fn connections(files: Option<u64>) -> usize {
    let most = files.map_or(MOST, |files| {
        (files.saturating_sub(OTHER_FILES) / 2).clamp(8, MOST)
    });
    usize::try_from(most).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::connections;

    #[test]
    fn connections_and_their_providers_fit_into_the_files() {
        for (files, most) in [
            (Some(256), 96),
            (Some(1_024), 480),
            (Some(1 << 20), 10_000),
            (Some(10), 8),
            (None, 10_000),
        ] {
            assert_eq!(connections(files), most, "{files:?}");
        }
    }
}
