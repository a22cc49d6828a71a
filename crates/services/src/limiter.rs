//! How often somebody may try a password.

use domain::limits::{SIGN_IN_FAILURES, SIGN_IN_FAILURES_SPREAD, SIGN_IN_WINDOW};
use domain::{Problem, ProblemCode, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Addresses and clients remembered before those whose window is over are swept out.
const SWEEP_ABOVE: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Counted {
    /// One address from one client: somebody mistyping, or guessing one person's password.
    Pair(String, String),
    /// One address from everywhere: guessing from many machines. Higher, so that nobody is locked out cheaply.
    Identity(String),
    /// One client for all addresses: trying one password on many people. Higher, since an office shares one.
    Client(String),
}

impl Counted {
    fn most(&self) -> u32 {
        match self {
            Self::Pair(..) => SIGN_IN_FAILURES,
            Self::Identity(_) | Self::Client(_) => SIGN_IN_FAILURES_SPREAD,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Window {
    began: Timestamp,
    attempts: u32,
}

impl Window {
    fn over(&self, now: Timestamp) -> bool {
        now.0 - self.began.0 >= SIGN_IN_WINDOW
    }
}

/// Counts attempts in fixed windows, in memory: a restart forgives, and no table grows with every guess.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    windows: Mutex<HashMap<Counted, Window>>,
}

/// One attempt, counted as a failure until it turns out to have succeeded.
pub(crate) struct Attempt([Counted; 3]);

impl Limiter {
    /// Counts an attempt before the password is looked at, so that many at once do not slip through together.
    pub(crate) fn attempt(&self, identity: &str, client: &str, now: Timestamp) -> Result<Attempt, Problem> {
        let counted = [
            Counted::Pair(identity.to_owned(), client.to_owned()),
            Counted::Identity(identity.to_owned()),
            Counted::Client(client.to_owned()),
        ];
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() > SWEEP_ABOVE {
            windows.retain(|_, window| !window.over(now));
        }
        for key in &counted {
            if let Some(window) = windows
                .get(key)
                .filter(|w| !w.over(now) && w.attempts >= key.most())
            {
                return Err(wait(window.began.plus(SIGN_IN_WINDOW), now));
            }
        }
        for key in &counted {
            let window = windows.entry(key.clone()).or_insert(Window {
                began: now,
                attempts: 0,
            });
            if window.over(now) {
                *window = Window {
                    began: now,
                    attempts: 0,
                };
            }
            window.attempts += 1;
        }
        Ok(Attempt(counted))
    }

    /// The password was right: the pair starts anew, the wider counts forget this one attempt.
    pub(crate) fn succeeded(&self, attempt: &Attempt) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &attempt.0 {
            match key {
                Counted::Pair(..) => {
                    windows.remove(key);
                }
                _ => {
                    if let Some(window) = windows.get_mut(key) {
                        window.attempts = window.attempts.saturating_sub(1);
                    }
                }
            }
        }
    }
}

fn wait(until: Timestamp, now: Timestamp) -> Problem {
    let minutes = ((until.0 - now.0) + Timestamp::MINUTE - 1) / Timestamp::MINUTE;
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    Problem::new(
        ProblemCode::RateLimited,
        format!("Too many attempts. Wait {minutes} {unit} and try again."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_772_366_400_000);

    #[test]
    fn a_guesser_must_wait_and_the_person_elsewhere_need_not() {
        let limiter = Limiter::default();
        for _ in 0..SIGN_IN_FAILURES {
            assert!(limiter.attempt("ana@example.com", "1.2.3.4", NOW).is_ok());
        }
        let problem = limiter.attempt("ana@example.com", "1.2.3.4", NOW).err().unwrap();
        assert_eq!(problem.code, ProblemCode::RateLimited);
        assert_eq!(
            problem.message,
            "Too many attempts. Wait 15 minutes and try again."
        );
        assert!(limiter.attempt("ana@example.com", "5.6.7.8", NOW).is_ok());
        assert!(limiter.attempt("ben@example.com", "1.2.3.4", NOW).is_ok());
        assert!(
            limiter
                .attempt("ana@example.com", "1.2.3.4", NOW.plus(SIGN_IN_WINDOW))
                .is_ok()
        );
    }

    #[test]
    fn one_client_cannot_try_everybody() {
        let limiter = Limiter::default();
        let tried = (0..200)
            .filter(|n| {
                limiter
                    .attempt(&format!("p{n}@example.com"), "1.2.3.4", NOW)
                    .is_ok()
            })
            .count();
        assert_eq!(tried, SIGN_IN_FAILURES_SPREAD as usize);
    }

    #[test]
    fn success_forgives() {
        let limiter = Limiter::default();
        for _ in 0..200 {
            let attempt = limiter
                .attempt("ana@example.com", "1.2.3.4", NOW)
                .unwrap_or_else(|_| panic!("limited"));
            limiter.succeeded(&attempt);
        }
    }
}
